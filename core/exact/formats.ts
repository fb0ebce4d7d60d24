import { DType, widthOf } from "../tensor/dtype.ts";
import { halfBits, halfOf } from "../tensor/half.ts";

/** Floating point numbers of 16, 32 and 64 bits, as the language itself reads and writes them, or does where it knows them all; all of them are JavaScript numbers. */

const view = new DataView(new ArrayBuffer(8));

const ACCESS = {
  [DType.float16]: { get: () => halfOf(view.getUint16(0)), set: (value: number) => view.setUint16(0, halfBits(value)) },
  [DType.float32]: { get: () => view.getFloat32(0), set: (value: number) => view.setFloat32(0, value) },
  [DType.float64]: { get: () => view.getFloat64(0), set: (value: number) => view.setFloat64(0, value) },
} as const;
type Floating = keyof typeof ACCESS;

export const isFloating = (dtype: DType): dtype is Floating => dtype in ACCESS;

function accessOf(dtype: DType): (typeof ACCESS)[Floating] {
  if (!isFloating(dtype)) throw new RangeError(`type ${dtype} is none of floating point numbers`);
  return ACCESS[dtype];
}

/** The number that these bits are. */
export function numberOf(dtype: DType, bits: bigint): number {
  view.setBigUint64(0, bits << BigInt(64 - 8 * widthOf(dtype)));
  return accessOf(dtype).get();
}

/** The bits of a number of the type. */
export function bitsOfNumber(dtype: DType, value: number): bigint {
  accessOf(dtype).set(value);
  return view.getBigUint64(0) >> BigInt(64 - 8 * widthOf(dtype));
}

/** The bits under which a number is committed, given any of its bits. */
export function committedBits(dtype: DType, bits: bigint): bigint {
  const value = numberOf(dtype, bits);
  if (value !== value) return { [DType.float16]: 0x7e00n, [DType.float32]: 0x7fc0_0000n, [DType.float64]: 0x7ff8_0000_0000_0000n }[dtype as Floating];
  return value === 0 ? 0n : bits;
}

/** Bits of the number before or after another one; beside an infinity a finite number, and a NaN's are the infinities. */
export function beside(dtype: DType, value: number, step: number): bigint {
  if (value !== value) return bitsOfNumber(dtype, step * Infinity);
  const bits = bitsOfNumber(dtype, Math.abs(value));
  if (bits === 0n) return bitsOfNumber(dtype, step * numberOf(dtype, 1n));
  const outwards = value > 0 === step > 0;
  if (outwards && Math.abs(value) === Infinity) return bitsOfNumber(dtype, NaN);
  return bitsOfNumber(dtype, Math.sign(value) * numberOf(dtype, bits + (outwards ? 1n : -1n)));
}

/** A finite number counted in units of 2⁻¹⁰⁷⁴, of which every number is a multiple. */
export function unitsOf(value: number): bigint {
  let halvings = 0;
  for (; !Number.isInteger(value); value *= 2) halvings++;
  return BigInt(value) << BigInt(1074 - halvings);
}
export const UNITS_OF_ONE = 1n << 1074n;

/** The number of the type that is nearest to units / denominator (which is positive), ties to even; past the greatest an infinity. */
export function nearestNumber(dtype: DType, units: bigint, denominator = 1n): number {
  const magnitude = units < 0n ? -units : units;
  const infinity = bitsOfNumber(dtype, Infinity);
  // What would stand in the place of infinity, had the type room for it.
  const end = 2n * unitsOf(numberOf(dtype, infinity - 1n)) - unitsOf(numberOf(dtype, infinity - 2n));
  const at = (bits: bigint): bigint => denominator * (bits === infinity ? end : unitsOf(numberOf(dtype, bits)));
  let [low, high] = [0n, infinity];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (at(middle) <= magnitude) low = middle;
    else high = middle;
  }
  const [below, above] = [magnitude - at(low), at(high) - magnitude];
  const nearest = below < above || (below === above && low % 2n === 0n) ? low : high;
  return (units < 0n ? -1 : 1) * numberOf(dtype, nearest);
}
