import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { numbers, octets } from "./support/draw.ts";
import { binary, pair } from "./support/elementwise.ts";

export const mul: OperatorCases = {
  ...binary("Mul"),
  keepsSigns: true,
  special: [
    { about: "int8: 64 · 4 wraps", of: pair("Mul", octets(DType.int8, [1], [0x40]), octets(DType.int8, [1], [4])), leaves: [0] },
    { about: "infinity · 0", of: pair("Mul", numbers([1], [Infinity]), numbers([1], [0])), leaves: [NaN] },
    { about: "an overflow", of: pair("Mul", numbers([1], [3.4028234663852886e38]), numbers([1], [2])), leaves: [Infinity] },
  ],
};
