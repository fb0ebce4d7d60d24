import { bitsOf, floatOf } from "./float32.ts";

/**
 * Twin of contracts/math/RoundedArithmetic.sol: correctly rounded binary32 operations on bits.
 *
 * A binary64 result rounded again to binary32 is the correctly rounded one: binary64 has more than 2·24 + 1 bits, so no
 * first rounding can fall on a midpoint of binary32 that the exact result is not (Figueroa 1995). That holds for
 * subnormal results too: sums are exact there, products of 48 bits and midpoints times divisors are exact in binary64.
 * A root is never subnormal.
 */
const apply =
  (operation: (a: number, b: number) => number) =>
  (a: number, b: number): number =>
    bitsOf(Math.fround(operation(floatOf(a), floatOf(b))));

export const add = apply((a, b) => a + b);
export const sub = apply((a, b) => a - b);
export const mul = apply((a, b) => a * b);
export const div = apply((a, b) => a / b);
export const sqrt = (a: number): number => bitsOf(Math.fround(Math.sqrt(floatOf(a))));
