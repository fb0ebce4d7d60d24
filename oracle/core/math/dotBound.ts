import { floatOf } from "./float32.ts";

/** A finite binary32 number as mantissa · 2^exponent. */
function decode(bits: number): { mantissa: bigint; exponent: number } {
  const field = (bits >>> 23) & 0xff;
  const magnitude = BigInt(field === 0 ? bits & 0x7fffff : (bits & 0x7fffff) | 0x800000);
  return { mantissa: bits >>> 31 === 1 ? -magnitude : magnitude, exponent: Math.max(field, 1) - 150 };
}

const isFinite32 = (bits: number): boolean => (bits & 0x7f800000) !== 0x7f800000;
const magnitudeOf = (x: bigint): bigint => (x < 0n ? -x : x);

/** The scale on which everything is an integer: no term is finer than 2^-298 · 2^-149. */
const SCALE = 447;
/** value · 2^exponent on that scale. */
const on = (value: bigint, exponent: number): bigint => value << BigInt(exponent + SCALE);

/** Longer products are not judged: everything is admissible. */
const MAX_COUNT = 2 ** 22;

export interface BoundedDot {
  /** binary32 bits of the two vectors. */
  a: ArrayLike<number>;
  b: ArrayLike<number>;
  /** binary32 bits; exact = alpha · Σ a[k]·b[k] + beta · c. */
  alpha: number;
  beta: number;
  c: number;
  /** The most roundings that a term may pass through, apart from those of its k additions. */
  roundings: number;
}

/**
 * Whether `claimed` (binary32 bits) lies within the rounding error that any order of summation may leave
 * (docs/protocol.md §2.4). Exact, as in contracts/math/DotBound.sol.
 */
export function withinDotBound(dot: BoundedDot, claimed: number): boolean {
  const { a, b, alpha, beta, roundings } = dot;
  const count = a.length;
  if (count > MAX_COUNT) return true;
  const c = (beta & 0x7fffffff) === 0 ? 0 : dot.c;
  if (!isFinite32(alpha) || !isFinite32(beta) || !isFinite32(c)) return true;
  // Σ a·b and Σ |a·b| in units of 2^-298.
  let sum = 0n;
  let size = 0n;
  for (let k = 0; k < count; k++) {
    if (!isFinite32(a[k]) || !isFinite32(b[k])) return true;
    const [x, w] = [decode(a[k]), decode(b[k])];
    const product = (x.mantissa * w.mantissa) << BigInt(x.exponent + w.exponent + 298);
    sum += product;
    size += magnitudeOf(product);
  }
  const factor = decode(alpha);
  const [scaleC, addend] = [decode(beta), decode(c)];
  const bias = on(scaleC.mantissa * addend.mantissa, scaleC.exponent + addend.exponent);
  const exact = on(factor.mantissa * sum, factor.exponent - 298) + bias;
  const total = on(magnitudeOf(factor.mantissa) * size, factor.exponent - 298) + magnitudeOf(bias);
  // Some order of summation might overflow.
  if (on(size, -298) >= on(1n, 126) || total >= on(1n, 126)) return true;
  if (!isFinite32(claimed)) return false;
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
