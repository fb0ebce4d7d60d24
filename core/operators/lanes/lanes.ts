import { bitsOf, floatOf } from "../../math/float32.ts";
import type { Schedule } from "../../program/types.ts";

/**
 * Sums in several accumulators, the lanes (docs/protocol.md §2.13). What is carried holds them in words, the first lane lowest, in
 * canonical form: no lane depends on the sign of a zero or the payload of a NaN.
 */

const float64 = new Float64Array(1);
const word64 = new BigUint64Array(float64.buffer);
const NAN_32 = 0x7fc00000n;
const NAN_64 = 0x7ff8000000000000n;

function bits64(value: number): bigint {
  float64[0] = value;
  return word64[0];
}

function float64Of(bits: bigint): number {
  word64[0] = bits;
  return float64[0];
}

const packed = (values: Iterable<number>, width: bigint, bits: (value: number) => bigint): bigint => {
  let word = 0n;
  let shift = 0n;
  for (const value of values) {
    word |= bits(value) << shift;
    shift += width;
  }
  return word;
};

/** At most eight binary32 lanes as a word. */
export const pack32 = (lanes: Iterable<number>): bigint =>
  packed(lanes, 32n, (value) => (value !== value ? NAN_32 : value === 0 ? 0n : BigInt(bitsOf(value))));

/** At most four binary64 lanes as a word. */
export const pack64 = (lanes: Iterable<number>): bigint => packed(lanes, 64n, (value) => (value !== value ? NAN_64 : value === 0 ? 0n : bits64(value)));

export const unpack32 = (word: bigint, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => floatOf(Number((word >> BigInt(32 * i)) & 0xffffffffn)));

export const unpack64 = (word: bigint): Float64Array => Float64Array.from({ length: 4 }, (_, i) => float64Of((word >> BigInt(64 * i)) & 0xffffffffffffffffn));

/** Leaves `value` in the first lane and nothing in the others. */
export function closeWith(lanes: Float32Array | Float64Array, value: number): void {
  lanes.fill(0);
  lanes[0] = value;
}

/** Twin of the error in contracts/families/Lanes.sol: the operator has no such order of additions. */
class ScheduleUnknown extends RangeError {
  override readonly name = "ScheduleUnknown";
  constructor({ chunk, flags }: Schedule) {
    super(`there is no order of additions with chunk ${chunk} and flags ${flags}`);
  }
}

/** INVARIANT: an order that is not defined is refused. A verdict would free the element, or convict an honest run. */
export function requireSchedule(known: readonly Schedule[], { chunk, flags }: Schedule): void {
  if (!known.some((one) => one.chunk === chunk && one.flags === flags)) throw new ScheduleUnknown({ chunk, flags });
}
