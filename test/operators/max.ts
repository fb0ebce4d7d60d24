import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { int32, numbers, octets } from "./support/draw.ts";
import { EXTREMA, extremum, pair } from "./support/elementwise.ts";

const of = (a: number, b: number) => pair("Max", numbers([1], [a]), numbers([1], [b]));

export const max: OperatorCases = {
  ...extremum("Max"),
  special: [
    ...EXTREMA.map(([a, b]) => ({ about: `${a} and ${b}`, of: of(a, b), leaves: [Math.max(a, b)] })),
    { about: "uint8: 0x80 is 128", of: pair("Max", octets(DType.uint8, [1], [0x80]), octets(DType.uint8, [1], [1])), leaves: [0x80] },
    { about: "int8: 0x80 is −128", of: pair("Max", octets(DType.int8, [1], [0x80]), octets(DType.int8, [1], [1])), leaves: [1] },
    { about: "int32", of: pair("Max", int32([1], [-7]), int32([1], [3])), leaves: [3] },
  ],
};
