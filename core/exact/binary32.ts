/**
 * IEEE-754 binary32 by its definition, on integers. Every finite binary32 number is a whole multiple of 2⁻¹⁴⁹, so a
 * `Value` is either that multiple, a bigint, or one of JavaScript's NaN, Infinity and −Infinity. Zero has no sign here.
 */
export type Value = bigint | number;

/** One is so many units: a unit is 2⁻¹⁴⁹. */
export const UNIT_BITS = 149n;
export const ONE = 1n << UNIT_BITS;
/** The largest finite number, (2²⁴ − 1) · 2¹⁰⁴, in units. */
export const LARGEST = 0xffffffn << 253n;

const SIGN = 0x8000_0000n;
const INFINITY_BITS = 0x7f80_0000n;

export const isFinite = (value: Value): value is bigint => typeof value === "bigint";
export const absolute = (x: bigint): bigint => (x < 0n ? -x : x);
export const bitLength = (x: bigint): number => {
  const hex = x.toString(16);
  return 4 * hex.length - Math.clz32(parseInt(hex[0], 16)) + 28;
};

export function decode(bits: bigint): Value {
  const field = (bits >> 23n) & 0xffn;
  const fraction = bits & 0x7f_ffffn;
  const negative = (bits & SIGN) !== 0n;
  if (field === 0xffn) return fraction !== 0n ? NaN : negative ? -Infinity : Infinity;
  const units = field === 0n ? fraction : (fraction | 0x80_0000n) << (field - 1n);
  return negative ? -units : units;
}

/** Bits of a value that is a binary32 number. */
export function encode(value: Value): bigint {
  if (!isFinite(value)) {
    if (value !== value) return 0x7fc0_0000n;
    return value > 0 ? INFINITY_BITS : SIGN | INFINITY_BITS;
  }
  const magnitude = absolute(value);
  // A significand of 24 bits starts at field 1; moving it up by one place raises the field by one.
  const shift = BigInt(Math.max(0, bitLength(magnitude) - 24));
  const significand = magnitude >> shift;
  if (significand << shift !== magnitude || magnitude > LARGEST) throw new RangeError(`${value} units are no binary32 number`);
  const bits = (shift << 23n) + significand;
  return value < 0n ? SIGN | bits : bits;
}

/** The binary32 number nearest to numerator / denominator units, ties to even; `denominator` is positive. */
export function nearest(numerator: bigint, denominator: bigint): Value {
  const magnitude = absolute(numerator);
  const spare = BigInt(Math.max(0, bitLength(magnitude / denominator) - 24));
  const place = denominator << spare;
  let whole = magnitude / place;
  const twice = 2n * (magnitude - whole * place);
  if (twice > place || (twice === place && (whole & 1n) === 1n)) whole += 1n;
  const units = whole << spare;
  if (units > LARGEST) return numerator < 0n ? -Infinity : Infinity;
  return numerator < 0n ? -units : units;
}

/** The next binary32 value in the direction, past the largest finite number an infinity. Not for NaN or an infinity. */
export function neighbour(value: bigint, direction: 1 | -1): Value {
  if (value === 0n) return BigInt(direction);
  const outwards = value > 0n === direction > 0;
  return decode(encode(value) + (outwards ? 1n : -1n));
}

/** The largest binary32 number that is at most so many units, −Infinity where all finite numbers are larger. */
export function atMost(units: bigint): Value {
  if (units > LARGEST) return LARGEST;
  if (units < -LARGEST) return -Infinity;
  const spare = BigInt(Math.max(0, bitLength(absolute(units)) - 24));
  // A shift to the right rounds downwards, whatever the sign.
  return (units >> spare) << spare;
}

/** An operation, and what it comes to. Of `fromInteger` the operand, and of `roundToInteger` the result, is an integer and no number of units. */
export interface Operation {
  readonly name: "add" | "multiply" | "fma" | "divide" | "root" | "fromInteger" | "roundToInteger";
  readonly operands: readonly Value[];
  readonly result: Value;
}

let listener: ((operation: Operation) => void) | undefined;

/** Does some work, and tells of its operations, in their order: so the arithmetic can be shown that nothing but the work itself decides on. */
export function listening<T>(hear: (operation: Operation) => void, work: () => T): T {
  const before = listener;
  listener = hear;
  try {
    return work();
  } finally {
    listener = before;
  }
}

/** Tells of an operation that was done. */
export function told<T extends Value>(name: Operation["name"], operands: readonly Value[], result: T): T {
  listener?.({ name, operands, result });
  return result;
}

/** Stands for a value in a calculation whose outcome depends on signs, zeros, infinities and NaN only. */
const shadow = (value: Value): number => (isFinite(value) ? (value > 0n ? 1 : value < 0n ? -1 : 0) : value);

export const negate = (a: Value): Value => -a;

export function add(a: Value, b: Value): Value {
  return told("add", [a, b], isFinite(a) && isFinite(b) ? nearest(a + b, 1n) : shadow(a) + shadow(b));
}

export function multiply(a: Value, b: Value): Value {
  return told("multiply", [a, b], isFinite(a) && isFinite(b) ? nearest(a * b, ONE) : shadow(a) * shadow(b));
}

/** a · b + c, rounded once. */
export function fusedMultiplyAdd(a: Value, b: Value, c: Value): Value {
  const isPlain = isFinite(a) && isFinite(b) && isFinite(c);
  return told("fma", [a, b, c], isPlain ? nearest(a * b + c * ONE, ONE) : shadow(a) * shadow(b) + shadow(c));
}

/** What a / b may be: a zero has no sign here, so that an infinite quotient by zero may have either. */
export function divide(a: Value, b: Value): readonly Value[] {
  if (isFinite(a) && isFinite(b) && b !== 0n) return [told("divide", [a, b], nearest(a * ONE * (b < 0n ? -1n : 1n), absolute(b)))];
  const quotient = shadow(a) / shadow(b);
  if (b === 0n && quotient === quotient) return [-Infinity, Infinity];
  return [told("divide", [a, b], quotient === 0 ? 0n : quotient)];
}

/** The binary32 number nearest to an integer. */
export const fromInteger = (x: bigint): Value => told("fromInteger", [x], nearest(x * ONE, 1n));

/** The integer nearest to a value, ties to even. */
export function roundToInteger(value: bigint): bigint {
  const floor = value >> UNIT_BITS;
  const twice = 2n * (value - (floor << UNIT_BITS));
  return told("roundToInteger", [value], twice > ONE || (twice === ONE && (floor & 1n) === 1n) ? floor + 1n : floor);
}
