import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { compared, comparison, ofBits, ofOperands, ORDERED } from "./support/logic.ts";

const wide = ofOperands("Equal", [ofBits(DType.int64, [1], [2n ** 62n + 1n]), ofBits(DType.int64, [1], [2n ** 62n])], { result: DType.bool });

export const equal: OperatorCases = {
  ...comparison("Equal", [...ORDERED, DType.bool]),
  special: [
    { about: "zeros are equal", of: compared("Equal", -0, 0), leaves: [1] },
    { about: "a NaN equals nothing, itself neither", of: compared("Equal", NaN, NaN), leaves: [0] },
    { about: "infinities are equal", of: compared("Equal", Infinity, Infinity), leaves: [1] },
    { about: "integers that one float64 stands for", of: wide, leaves: [0] },
  ],
};
