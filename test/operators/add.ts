import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { int32, octets } from "./support/draw.ts";
import { binary, pair } from "./support/elementwise.ts";

export const add: OperatorCases = {
  ...binary("Add"),
  keepsSigns: true,
  special: [
    { about: "int8: 127 + 1 wraps", of: pair("Add", octets(DType.int8, [1], [0x7f]), octets(DType.int8, [1], [1])), leaves: [0x80] },
    { about: "int32: the greatest + 2 wraps", of: pair("Add", int32([1], [2 ** 31 - 1]), int32([1], [2])), leaves: [0x80000001] },
  ],
};
