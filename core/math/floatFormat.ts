import { DType } from "../tensor/dtype.ts";

/**
 * Twin of contracts/math/FloatFormat.sol: IEEE-754 numbers of 16, 32 and 64 bits as their bits, by data type. The sign of a zero
 * and the payload of a NaN carry no meaning in the protocol, and nothing here depends on them.
 */

interface Format {
  readonly sign: bigint;
  readonly infinity: bigint;
  /** Bits of the mantissa behind the leading one. */
  readonly fraction: number;
  /** Exponent of the least positive number. */
  readonly least: number;
}

const FORMATS: ReadonlyMap<DType, Format> = new Map([
  [DType.float16, { sign: 1n << 15n, infinity: 0x7c00n, fraction: 10, least: -24 }],
  [DType.float32, { sign: 1n << 31n, infinity: 0x7f80_0000n, fraction: 23, least: -149 }],
  [DType.float64, { sign: 1n << 63n, infinity: 0x7ff0_0000_0000_0000n, fraction: 52, least: -1074 }],
]);

function formatOf(dtype: DType): Format {
  const format = FORMATS.get(dtype);
  if (format === undefined) throw new RangeError(`type ${dtype} is no type of floating point numbers`);
  return format;
}

/** A finite number as ±mantissa · 2^exponent; the exponent is that of its last place. */
export interface Parts {
  readonly negative: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
}

export const isFloat = (dtype: DType): boolean => FORMATS.has(dtype);

const magnitude = ({ sign }: Format, bits: bigint): bigint => bits & ~sign;

export function isNaNIn(dtype: DType, bits: bigint): boolean {
  const format = formatOf(dtype);
  return magnitude(format, bits) > format.infinity;
}

export function isFiniteIn(dtype: DType, bits: bigint): boolean {
  const format = formatOf(dtype);
  return magnitude(format, bits) < format.infinity;
}

/** Bits of the infinity of that sign. */
export function infinityOf(dtype: DType, negative: boolean): bigint {
  const { infinity, sign } = formatOf(dtype);
  return negative ? infinity | sign : infinity;
}

/** Equality as the protocol means it: any NaN equals any NaN, −0 equals +0. */
export function sameNumber(dtype: DType, a: bigint, b: bigint): boolean {
  if (a === b) return true;
  if (isNaNIn(dtype, a)) return isNaNIn(dtype, b);
  return magnitude(formatOf(dtype), a | b) === 0n;
}

/** An integer that orders numbers (no NaN) as their values: that of both zeros is 0. */
export function orderOf(dtype: DType, bits: bigint): bigint {
  const format = formatOf(dtype);
  return (bits & format.sign) === 0n ? magnitude(format, bits) : -magnitude(format, bits);
}

/** The parts of a finite number. */
export function partsOf(dtype: DType, bits: bigint): Parts {
  const format = formatOf(dtype);
  const fraction = BigInt(format.fraction);
  const field = Number(magnitude(format, bits) >> fraction);
  const rest = bits & ((1n << fraction) - 1n);
  return {
    negative: (bits & format.sign) !== 0n,
    mantissa: field === 0 ? rest : rest | (1n << fraction),
    exponent: Math.max(field, 1) - 1 + format.least,
  };
}

/** The nearest number, ties to even. Past the largest finite number it is an infinity; a zero has no sign. */
export function roundTo(dtype: DType, { negative, mantissa, exponent }: Parts): bigint {
  if (mantissa === 0n) return 0n;
  const { sign, infinity, fraction, least } = formatOf(dtype);
  const unit = Math.max(exponent + mantissa.toString(2).length - 1 - fraction, least);
  const drop = BigInt(unit - exponent);
  const kept = drop > 0n ? (mantissa + (1n << (drop - 1n)) - 1n + ((mantissa >> drop) & 1n)) >> drop : mantissa << -drop;
  // A carry out of the mantissa adds one to the exponent field by itself, as the leading bit does.
  const bits = (BigInt(unit - least) << BigInt(fraction)) + kept;
  const bounded = bits > infinity ? infinity : bits;
  return negative && bounded !== 0n ? bounded | sign : bounded;
}

/** Bits of the NaN that is committed: the quiet one without a payload. */
export function nanOf(dtype: DType): bigint {
  const { infinity, fraction } = formatOf(dtype);
  return infinity | (1n << BigInt(fraction - 1));
}

/** Bits of −1, 0 or 1; a NaN is one. */
export function signOf(dtype: DType, bits: bigint): bigint {
  if (isNaNIn(dtype, bits)) return nanOf(dtype);
  const position = orderOf(dtype, bits);
  return position === 0n ? 0n : roundTo(dtype, { negative: position < 0n, mantissa: 1n, exponent: 0 });
}

/**
 * The number rounded to an integer; infinities and NaN are themselves.
 * @param direction 0 to the nearest, ties to even; 1 upwards; −1 downwards
 */
export function toInteger(dtype: DType, bits: bigint, direction: number): bigint {
  if (!isFiniteIn(dtype, bits)) return bits;
  const { negative, mantissa, exponent } = partsOf(dtype, bits);
  if (exponent >= 0) return bits;
  const places = BigInt(-exponent);
  const whole = mantissa >> places;
  const rest = mantissa - (whole << places);
  const outwards = direction === 0 ? rest + (whole & 1n) > 1n << (places - 1n) : rest !== 0n && negative === direction < 0;
  return roundTo(dtype, { negative, mantissa: outwards ? whole + 1n : whole, exponent: 0 });
}
