import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { numbers, octets } from "./support/draw.ts";
import { binary, pair } from "./support/elementwise.ts";

const SIZES = [1, 2 ** -140, 2 ** 127, 0];

export const sub: OperatorCases = {
  ...binary("Sub"),
  keepsSigns: true,
  special: [
    { about: "int8: −128 − 1 wraps", of: pair("Sub", octets(DType.int8, [1], [0x80]), octets(DType.int8, [1], [1])), leaves: [0x7f] },
    ...SIZES.map((x) => ({ about: `${x} less itself`, of: pair("Sub", numbers([1], [x]), numbers([1], [x])), leaves: [0] })),
    { about: "an infinity less itself", of: pair("Sub", numbers([1], [Infinity]), numbers([1], [Infinity])), leaves: [NaN] },
  ],
};
