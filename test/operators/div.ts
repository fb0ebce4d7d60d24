import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OperatorCases, Special } from "./support/cases.ts";
import { int32, octets, words } from "./support/draw.ts";
import { binary, pair } from "./support/elementwise.ts";

const NUMERATORS = [0x3f800000, 0xbf800000, 1, 0x7f800000, 0xff800000, 0, 0x80000000, 0x7fc00000];
const byZero = pair("Div", words([8, 1], NUMERATORS), words([2], [0, 0x80000000]));

/** A divisor of zero lost its sign when it was committed. */
const zeros = NUMERATORS.flatMap((bits, row) =>
  [0, 1].map((column): Special => {
    const nan = (bits & 0x7fffffff) === 0 || (bits & 0x7fffffff) > 0x7f800000;
    return { about: `0x${bits.toString(16)} / ${column === 0 ? "+0" : "−0"}`, of: byZero, element: 2 * row + column, leaves: nan ? [NaN] : [Infinity, -Infinity] };
  }),
);

/** A quotient of integers that the compiler refuses, and by which the runtime's process may end. */
function quotient(about: string, a: NodeInput, b: NodeInput, leaves: number): Special {
  const c = pair("Div", a, { ...b, raw: Uint8Array.from(b.raw, () => 1), constant: true });
  return { about, of: { ...c, inputs: [a.raw, b.raw] }, leaves: [leaves], runs: false };
}

export const div: OperatorCases = {
  ...binary("Div"),
  keepsSigns: true,
  special: [
    ...zeros,
    { about: "int8: −7 / 2 is −3", of: pair("Div", octets(DType.int8, [1], [0xf9]), { ...octets(DType.int8, [1], [2]), constant: true }), leaves: [0xfd] },
    // What processors give that do not trap: 0, and the quotient modulo 2^32.
    quotient("int8: −128 / −1 wraps", octets(DType.int8, [1], [0x80]), octets(DType.int8, [1], [0xff]), 0x80),
    quotient("int32: the least / −1 wraps", int32([1], [-(2 ** 31)]), int32([1], [-1]), 0x80000000),
    quotient("int8: 1 / 0", octets(DType.int8, [1], [1]), octets(DType.int8, [1], [0]), 0),
    quotient("uint8: 7 / 0", octets(DType.uint8, [1], [7]), octets(DType.uint8, [1], [0]), 0),
    quotient("int32: 5 / 0", int32([1], [5]), int32([1], [0]), 0),
  ],
};
