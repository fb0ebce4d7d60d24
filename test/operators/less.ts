import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { compared, comparison, ofOperands, oneOf, ORDERED, small } from "./support/logic.ts";

const bytes = (dtype: typeof DType.int8 | typeof DType.uint8) => ofOperands("Less", [small(dtype, 0x80), small(dtype, 1)], { result: DType.bool });

export const less: OperatorCases = {
  ...oneOf(comparison("Less", ORDERED), comparison("Greater", ORDERED)),
  special: [
    { about: "−0 is not less than 0", of: compared("Less", -0, 0), leaves: [0] },
    { about: "nothing is less than a NaN", of: compared("Less", -Infinity, NaN), leaves: [0] },
    { about: "a NaN is not greater than anything", of: compared("Greater", NaN, -Infinity), leaves: [0] },
    { about: "3 is greater than 2", of: compared("Greater", 3, 2), leaves: [1] },
    { about: "negative numbers", of: compared("Less", -2, -1), leaves: [1] },
    { about: "int8: 0x80 is −128", of: bytes(DType.int8), leaves: [1] },
    { about: "uint8: 0x80 is 128", of: bytes(DType.uint8), leaves: [0] },
  ],
};
