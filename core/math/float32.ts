/**
 * IEEE-754 binary32 arithmetic on JavaScript numbers. Every function takes and returns numbers that are exactly
 * representable in binary32 (or NaN or an infinity). The sign of a zero and the payload of a NaN carry no meaning in
 * the protocol, and nothing here depends on them.
 */

const float64 = new Float64Array(1);
const word64 = new BigUint64Array(float64.buffer);
const float32 = new Float32Array(1);
const word32 = new Uint32Array(float32.buffer);

/** The binary32 number with these bits. */
export function floatOf(bits: number): number {
  word32[0] = bits;
  return float32[0];
}

/** The bits of a binary32 number. */
export function bitsOf(value: number): number {
  float32[0] = value;
  return word32[0];
}

/** The binary64 number with these bits, of which those beyond the 64th are left out; and the bits of a binary64 number. */
export function doubleOf(bits: bigint): number {
  word64[0] = bits;
  return float64[0];
}
export function doubleBits(value: number): bigint {
  float64[0] = value;
  return word64[0];
}

/** Equality of binary32 values as the protocol means it: any NaN equals any NaN, −0 equals +0. */
export function sameFloat(a: number, b: number): boolean {
  return a === b || (a !== a && b !== b);
}

/** Whether these are the bits of a zero of either sign. */
export const isZeroBits = (bits: number): boolean => (bits & 0x7fffffff) === 0;

/** Whether these are the bits of neither an infinity nor a NaN. */
export const isFiniteBits = (bits: number): boolean => (bits & 0x7f800000) !== 0x7f800000;

/** Whether these are the bits of a NaN. */
export const isNaNBits = (bits: number): boolean => (bits & 0x7fffffff) > 0x7f800000;

/** Equality of binary32 bit patterns as the protocol means it: any NaN equals any NaN, −0 equals +0. */
export function sameFloatBits(a: number, b: number): boolean {
  const magnitudeA = (a & 0x7fffffff) >>> 0;
  const magnitudeB = (b & 0x7fffffff) >>> 0;
  if (magnitudeA > 0x7f800000 || magnitudeB > 0x7f800000) return magnitudeA > 0x7f800000 && magnitudeB > 0x7f800000;
  return a >>> 0 === b >>> 0 || (magnitudeA | magnitudeB) === 0;
}

/**
 * a·b + c with one rounding to binary32.
 *
 * The product of two 24-bit significands has 48 bits and an exponent of at least 2⁻²⁹⁸, so `a * b` is exact in
 * binary64. The binary64 sum is then rounded again to binary32, which is wrong only when the first rounding landed
 * exactly between two binary32 numbers: those cases go to `roundAtMidpoint`.
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = Math.fround(sum);
  const excess = sum - rounded;
  // `rounded + 2·excess` is the mirror image of `rounded` about `sum`; it is a binary32 number (the neighbour on the
  // other side) exactly when `sum` is a midpoint. An infinite `rounded` makes it NaN or infinite: decided exactly too.
  if (excess === 0) return rounded;
  const mirror = rounded + 2 * excess;
  if (Math.fround(mirror) !== mirror && mirror === mirror) return rounded;
  return roundAtMidpoint(product, c, sum);
}

/**
 * Rounds the exact product + c to binary32 through binary64 rounded to odd: with at least two spare bits, rounding to
 * odd first and to nearest after gives the correctly rounded result.
 */
function roundAtMidpoint(product: number, c: number, sum: number): number {
  if (!Number.isFinite(sum)) return sum;
  // TwoSum: `error` is exactly (product + c) − sum.
  const virtual = sum - product;
  const error = product - (sum - virtual) + (c - virtual);
  if (error === 0) return Math.fround(sum);
  float64[0] = sum;
  const bits = word64[0];
  if ((bits & 1n) === 0n) word64[0] = error > 0 === sum > 0 ? bits + 1n : bits - 1n;
  return Math.fround(float64[0]);
}

/**
 * How one output of a `chain` dot product is put together:
 *
 *     total = first
 *     for each chunk of `chunk` products (0: all of them at once), in order
 *         partial = 0; for each k of the chunk: partial = fma(a[k], b[k], partial)
 *         total = fma(alpha, partial, total)
 *     result = RN(total + last)
 *
 * `first` is a bias added before the first chunk (Gemm: RN(beta·C)), `last` a bias added at the end; 0 where absent.
 */
export interface ChainSchedule {
  readonly chunk: number;
  readonly alpha: number;
  readonly first: number;
  readonly last: number;
}

/** A schedule on its way: the result of the chunk in hand (0 at its beginning) and the total of those before it. */
export interface Chain {
  open: number;
  total: number;
}

/**
 * Takes a schedule of `length` products further by the products a[i]·b[i], the first of which is product `from`. Twin
 * of `extend` in contracts/math/FmaChain.sol.
 */
export function extendChain(
  chain: Chain,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  from: number,
  length: number,
  { chunk, alpha }: Pick<ChainSchedule, "chunk" | "alpha">,
): void {
  const count = a.length;
  const size = chunk === 0 ? length : chunk;
  for (let i = 0, end = from - (from % size) - from; i < count; ) {
    end = Math.min(end + size, length - from);
    let { open } = chain;
    for (const stop = Math.min(end, count); i < stop; i++) open = fma32(a[i], b[i], open);
    if (i === end) {
      chain.total = fma32(alpha, open, chain.total);
      open = 0;
    }
    chain.open = open;
  }
}

/** The binary32 number that the schedule yields for the dot product of `a` and `b` (which have the same length). */
export function chainDot(a: ArrayLike<number>, b: ArrayLike<number>, schedule: ChainSchedule): number {
  const chain = { open: 0, total: schedule.first };
  extendChain(chain, a, b, 0, a.length, schedule);
  return Math.fround(chain.total + schedule.last);
}

/** What a term of a sum is that is not finite, as bits: an infinity of either sign, both for a NaN. */
export const POSITIVE = 1;
export const NEGATIVE = 2;
/** What kernels differ in. */
export const UNKNOWN = 4;

export const kindOf = (bits: number): number => (isNaNBits(bits) ? POSITIVE | NEGATIVE : bits >>> 31 === 0 ? POSITIVE : NEGATIVE);

/** Twin of Float32.sumOf in contracts/math: whether a sum may come to these bits, given what of its terms is not finite. */
export function sumOf(kinds: number, claimed: number): boolean {
  if (isFiniteBits(claimed)) return false;
  if ((kinds & UNKNOWN) !== 0 || isNaNBits(claimed)) return true;
  return kinds === (claimed >>> 31 === 0 ? POSITIVE : NEGATIVE);
}
