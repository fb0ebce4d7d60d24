import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { numbers } from "./support/draw.ts";
import { comparison, compared, ORDERED } from "./support/logic.ts";

const of = (a: number, b: number) => compared("Equal", numbers([1], [a]), numbers([1], [b]));

export const equal: OperatorCases = {
  ...comparison("Equal", [...ORDERED, DType.bool]),
  special: [
    { about: "zeros are equal", of: of(-0, 0), leaves: [1] },
    { about: "a NaN equals nothing, itself neither", of: of(NaN, NaN), leaves: [0] },
    { about: "infinities are equal", of: of(Infinity, Infinity), leaves: [1] },
  ],
};
