import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { INTEGERS } from "./support/draw.ts";
import { bools, ofOperands, oneOf, onOne, small } from "./support/logic.ts";

export const not: OperatorCases = {
  ...oneOf(onOne("Not", [DType.bool]), onOne("BitwiseNot", INTEGERS)),
  special: [
    { about: "not false", of: ofOperands("Not", [bools(0)]), leaves: [1] },
    { about: "not true", of: ofOperands("Not", [bools(1)]), leaves: [0] },
    { about: "the other bits of 5", of: ofOperands("BitwiseNot", [small(DType.int8, 5)]), leaves: [-6] },
  ],
};
