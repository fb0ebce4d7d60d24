/** Twin of contracts/math/Dyadic.sol: the number ±mantissa · 2^exponent. */
export interface Dyadic {
  negative: boolean;
  mantissa: bigint;
  exponent: number;
}

/** The value of a finite binary32 number. */
export function fromFloat(bits: number): Dyadic {
  const field = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  const negative = bits >>> 31 === 1;
  if (field === 0) return { negative, mantissa: BigInt(fraction), exponent: -149 };
  return { negative, mantissa: BigInt(fraction | 0x800000), exponent: field - 150 };
}

export const mul = (a: Dyadic, b: Dyadic): Dyadic => ({
  negative: a.negative !== b.negative,
  mantissa: a.mantissa * b.mantissa,
  exponent: a.exponent + b.exponent,
});

export function bitLength(v: bigint): number {
  const hex = v.toString(16);
  return 4 * (hex.length - 1) + 32 - Math.clz32(parseInt(hex[0], 16));
}

/** The least number with |d| < 2^top; −∞ for zero. */
export const topOf = (d: Dyadic): number => (d.mantissa === 0n ? -Infinity : d.exponent + bitLength(d.mantissa));

/** |d| / 2^unit, truncated. */
export function magnitude(d: Dyadic, unit: number): bigint {
  const shift = d.exponent - unit;
  return shift < 0 ? d.mantissa >> BigInt(-shift) : d.mantissa << BigInt(shift);
}

/** d / 2^unit, truncated towards zero. */
export const units = (d: Dyadic, unit: number): bigint => (d.negative ? -magnitude(d, unit) : magnitude(d, unit));

/** floor(√v) */
export function isqrt(v: bigint): bigint {
  if (v < 2n) return v;
  // Newton's method from above decreases until it reaches the floor.
  let x = 1n << BigInt((bitLength(v) + 1) >> 1);
  for (;;) {
    const y = (x + v / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
}
