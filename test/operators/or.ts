import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { INTEGERS } from "./support/draw.ts";
import { bools, ofOperands, oneOf, onTwo, small } from "./support/logic.ts";

const TABLE: readonly (readonly [number, number])[] = [[0, 0], [1, 0], [1, 1]];

export const or: OperatorCases = {
  ...oneOf(onTwo("Or", [DType.bool]), onTwo("BitwiseOr", INTEGERS)),
  special: [
    ...TABLE.map(([a, b]) => ({ about: `${a} and ${b}`, of: ofOperands("Or", [bools(a), bools(b)]), leaves: [a | b] })),
    { about: "the bits of 0xf0 and 0x3c", of: ofOperands("BitwiseOr", [small(DType.uint8, 0xf0), small(DType.uint8, 0x3c)]), leaves: [0xfc] },
  ],
};
