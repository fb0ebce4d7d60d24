import { floatOf, isFiniteBits, isNaNBits, isZeroBits, kindOf, NEGATIVE, POSITIVE, sumOf, UNKNOWN } from "./float32.ts";
import { LONGEST_DOT, requireAtMost } from "./length.ts";

/** A finite binary32 number as mantissa · 2^exponent. */
function decode(bits: number): { mantissa: bigint; exponent: number } {
  const field = (bits >>> 23) & 0xff;
  const magnitude = BigInt(field === 0 ? bits & 0x7fffff : (bits & 0x7fffff) | 0x800000);
  return { mantissa: bits >>> 31 === 1 ? -magnitude : magnitude, exponent: Math.max(field, 1) - 150 };
}

const magnitudeOf = (x: bigint): bigint => (x < 0n ? -x : x);

/** The scale on which everything is an integer: no term is finer than 2^-300 · 2^-149. */
const SCALE = 449;
/** value · 2^exponent on that scale. */
const on = (value: bigint, exponent: number): bigint => value << BigInt(exponent + SCALE);

/** alpha · Σ a[k]·b[k] + beta · c but for the vectors; numbers as binary32 bits. */
export interface DotTerms {
  readonly alpha: number;
  readonly beta: number;
  readonly c: number;
  /** The most roundings that a term may pass through, apart from those of its k additions. */
  readonly roundings: number;
}

export interface BoundedDot extends DotTerms {
  /** binary32 bits of the two vectors. */
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
}

/**
 * Twin of `Sums` in contracts/math/DotBound.sol, which explains them: words 2i and 2i + 1 are bin i of the positive and
 * of the negative products, word 8 says what of the products was not finite.
 */
export type DotSums = bigint[];

export const emptySums = (): DotSums => new Array<bigint>(9).fill(0n);

/** What a product is that is not finite. A zero of the first operand may stand for padding. */
function kindOfProduct(x: number, w: number): number {
  if (isZeroBits(x)) return UNKNOWN;
  if (isNaNBits(x) || isNaNBits(w) || isZeroBits(w)) return POSITIVE | NEGATIVE;
  return (x ^ w) >= 0 ? POSITIVE : NEGATIVE;
}

/** Adds products. A field of 255 is treated as any other: the sums mean nothing then, but are the contract's. */
export function addProducts(sums: DotSums, a: ArrayLike<number>, b: ArrayLike<number>): void {
  for (let k = 0; k < a.length; k++) {
    const [x, w] = [a[k], b[k]];
    if (!isFiniteBits(x) || !isFiniteBits(w)) sums[8] |= BigInt(kindOfProduct(x, w));
    const [fieldX, fieldW] = [(x >>> 23) & 0xff, (w >>> 23) & 0xff];
    const mantissaX = (x & 0x7fffff) + (fieldX === 0 ? 0 : 0x800000);
    const mantissaW = (w & 0x7fffff) + (fieldW === 0 ? 0 : 0x800000);
    const d = Math.max(fieldX, 1) + Math.max(fieldW, 1);
    // The product of the mantissas is exact: it is less than 2^48.
    sums[2 * (d >>> 7) + ((x ^ w) >>> 31)] += BigInt(mantissaX * mantissaW) << BigInt(d & 127);
  }
}

/**
 * Whether `claimed` (binary32 bits) lies within the rounding error that any order of summation may leave
 * (docs/protocol.md §2.4). Exact, as in contracts/math/DotBound.sol.
 */
export function withinDotBound({ a, b, ...terms }: BoundedDot, claimed: number): boolean {
  const sums = emptySums();
  addProducts(sums, a, b);
  return withinBound(sums, a.length, terms, claimed);
}

/** What is not finite of alpha · Σ a[k]·b[k] + beta · c, given what is of the products. */
function kindsOf(products: number, alpha: number, beta: number, c: number): number {
  if (!isFiniteBits(alpha) || !isFiniteBits(beta)) return UNKNOWN;
  const turned = alpha >>> 31 === 0 ? products : (products & UNKNOWN) | ((products & 1) << 1) | ((products >> 1) & 1);
  return isFiniteBits(c) ? turned : turned | kindOf(isNaNBits(c) ? c : c ^ (beta & 0x80000000));
}

/** The same, given the sums of all `count` products. */
export function withinBound(sums: readonly bigint[], count: number, terms: DotTerms, claimed: number): boolean {
  const { beta, roundings } = terms;
  requireAtMost(LONGEST_DOT, count);
  // What multiplies nothing and what is multiplied by zero are not read.
  const alpha = count === 0 ? 0x3f800000 : terms.alpha;
  const c = (beta & 0x7fffffff) === 0 ? 0 : terms.c;
  const kinds = kindsOf(Number(sums[8]), alpha, beta, c);
  if (kinds !== 0) return sumOf(kinds, claimed);
  // Σ a·b and Σ |a·b| in units of 2^-300.
  let sum = 0n;
  let size = 0n;
  for (let i = 3; i >= 0; i--) {
    const [positive, negative] = [sums[2 * i], sums[2 * i + 1]];
    sum = (sum << 128n) + positive - negative;
    size = (size << 128n) + positive + negative;
  }
  const factor = decode(alpha);
  const [scaleC, addend] = [decode(beta), decode(c)];
  const bias = on(scaleC.mantissa * addend.mantissa, scaleC.exponent + addend.exponent);
  const exact = on(factor.mantissa * sum, factor.exponent - 300) + bias;
  const total = on(magnitudeOf(factor.mantissa) * size, factor.exponent - 300) + magnitudeOf(bias);
  // Some order of summation might overflow.
  if (!isFiniteBits(claimed)) return on(size, -300) >= on(1n, 126) || total >= on(1n, 126);
  // Every order does with a product of 2^130, unless an alpha below 1 is multiplied in before.
  if (Math.abs(floatOf(alpha)) >= 1 && (sums[6] !== 0n || sums[7] !== 0n)) return false;
  const n = count + roundings;
  const gamma = BigInt(n + 2) + ((BigInt(n) * BigInt(n)) >> 23n);
  const y = decode(claimed);
  const error = magnitudeOf(on(y.mantissa, y.exponent) - exact) << 24n;
  const large = Math.abs(floatOf(alpha)) > 1;
  const underflow = large
    ? on(BigInt(count + 2) * magnitudeOf(factor.mantissa), factor.exponent - 126)
    : on(BigInt(count + 2), -126);
  return error <= gamma * total + (underflow << 24n);
}
