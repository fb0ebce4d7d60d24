/**
 * binary16 numbers by their bits (IEEE 754: 5 bits of exponent, 10 of fraction). Not every engine that this runs on has
 * `DataView.getFloat16`.
 */

/** The number that these bits are. */
export function halfOf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const float64 = new DataView(new ArrayBuffer(8));

/** The bits of the number nearest to one, ties to even: those of an infinity from 65520 on, and of a NaN those of the quiet one. */
export function halfBits(value: number): number {
  if (value !== value) return 0x7e00;
  float64.setFloat64(0, value);
  const sign = (float64.getUint8(0) & 0x80) << 8;
  // |value| = 2^e · m with 1 ≤ m < 2; below 2⁻¹⁴ the unit no longer shrinks.
  const e = Math.max(-14, ((float64.getUint16(0) >> 4) & 2047) - 1023);
  // In units of 2^(e − 10), which is exact; a whole number from 1024 to 2048 of a normal one.
  const units = Math.abs(value) * 2 ** (10 - e);
  const floor = Math.floor(units);
  const rest = units - floor;
  const whole = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // 1024 more raise the field of the exponent by one, which a carry out of the fraction does as well.
  return sign | Math.min(0x7c00, (e + 14) * 1024 + whole);
}
