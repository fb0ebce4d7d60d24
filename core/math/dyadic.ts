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

/** a + b, both cut to units of which the larger one has 2^119 and more; exact if one of them is zero. */
export function add(a: Dyadic, b: Dyadic): Dyadic {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const unit = Math.max(topOf(a), topOf(b)) - 120;
  const sum = units(a, unit) + units(b, unit);
  return { negative: sum < 0n, mantissa: sum < 0n ? -sum : sum, exponent: unit };
}

/** value · 2^exponent */
export const scaled = (value: bigint, exponent: number): Dyadic => ({ negative: value < 0n, mantissa: value < 0n ? -value : value, exponent });

export const sub = (a: Dyadic, b: Dyadic): Dyadic => add(a, { ...b, negative: !b.negative });

export const abs = (d: Dyadic): Dyadic => ({ ...d, negative: false });

/** d · factor · 2^exponent */
export const times = (d: Dyadic, factor: number, exponent: number): Dyadic => ({
  negative: d.negative,
  mantissa: d.mantissa * BigInt(factor),
  exponent: d.exponent + exponent,
});

/** a / b, rounded towards zero. */
export function div(a: Dyadic, b: Dyadic): Dyadic {
  const up = 255 - bitLength(a.mantissa);
  return { negative: a.negative !== b.negative, mantissa: (a.mantissa << BigInt(up)) / b.mantissa, exponent: a.exponent - b.exponent - up };
}

/** √d rounded down to 127 or 128 bits. */
export function sqrt(d: Dyadic): Dyadic {
  let up = 255 - bitLength(d.mantissa);
  if ((d.exponent - up) % 2 !== 0) up--;
  return { negative: false, mantissa: isqrt(d.mantissa << BigInt(up)), exponent: (d.exponent - up) / 2 };
}

export const sumOf = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

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
