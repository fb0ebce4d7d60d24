import { DType, widthOf } from "../tensor/dtype.ts";
import { beside, bitsOfNumber, committedBits, isFloating, numberOf } from "./formats.ts";
import { LARGEST, atMost, decode, encode, isFinite, negate, neighbour, type Value } from "./binary32.ts";

/** The values that one element may take. */
export interface Acceptance {
  /** `claimed` holds the element's little-endian bits. */
  isAdmissible(claimed: bigint): boolean;
  /**
   * The forbidden values next to the admissible ones. Of a bound, the ones that exceed it by at least 2⁻⁴⁰ of itself: the
   * contracts cut numbers off in the operator's favour, by less than that.
   */
  justOutside(): bigint[];
  /** All admissible values, by the bits under which they are committed; undefined of a bound, which has too many to list. */
  values(): readonly bigint[] | undefined;
}

const distinct = (bits: readonly bigint[]): bigint[] => [...new Set(bits)];

/** A binary32 value: any NaN equals any NaN, −0 equals +0. */
export function exactly(value: Value): Acceptance {
  return {
    isAdmissible: (claimed) => {
      const given = decode(claimed);
      return given === value || (given !== given && value !== value);
    },
    justOutside: () => {
      if (isFinite(value)) return [neighbour(value, -1), neighbour(value, 1)].map(encode);
      if (value !== value) return [-Infinity, Infinity].map(encode);
      return [encode(value > 0 ? LARGEST : -LARGEST)];
    },
    values: () => [encode(value)],
  };
}

/** One of these binary32 values. */
export function oneOf(values: readonly Value[]): Acceptance {
  const numbers = values.filter((value) => value === value);
  const isAdmissible = (claimed: bigint): boolean => values.some((value) => exactly(value).isAdmissible(claimed));
  return {
    isAdmissible,
    // Nothing lies next to a NaN.
    justOutside: () => (numbers.length > 0 ? numbers : values).flatMap((value) => exactly(value).justOutside()).filter((bits) => !isAdmissible(bits)),
    values: () => distinct(values.map(encode)),
  };
}

/** No value at all: no run comes to the element. */
export const NOTHING: Acceptance = { isAdmissible: () => false, justOutside: () => [], values: () => [] };

/** An infinity or a NaN. */
export const notFinite = oneOf([-Infinity, Infinity, NaN]);

/** A sum of infinities, and of finite numbers whose own partial sums may overflow. */
export const infiniteSum = (sum: number): Acceptance => oneOf([sum, NaN]);

/** What one of these admits. */
export const anyOf = (options: readonly Acceptance[]): Acceptance => ({
  isAdmissible: (claimed) => options.some((option) => option.isAdmissible(claimed)),
  justOutside: () => options.flatMap((option) => option.justOutside()).filter((bits) => !options.some((option) => option.isAdmissible(bits))),
  values() {
    const lists = options.map((option) => option.values());
    return lists.includes(undefined) ? undefined : distinct(lists.flatMap((list) => list!));
  },
});

const SIGNED: readonly DType[] = [DType.int8, DType.int16, DType.int32, DType.int64];

/** Smallest and largest integer of a type. */
export function rangeOf(dtype: DType): readonly [bigint, bigint] {
  if (dtype === DType.bool) return [0n, 1n];
  const width = BigInt(8 * widthOf(dtype));
  return SIGNED.includes(dtype) ? [-(1n << (width - 1n)), (1n << (width - 1n)) - 1n] : [0n, (1n << width) - 1n];
}

/** The integer that these bits are in the type. */
export const integerOf = (bits: bigint, dtype: DType): bigint =>
  SIGNED.includes(dtype) ? BigInt.asIntN(8 * widthOf(dtype), bits) : bits;

export function exactlyInteger(value: bigint, dtype: DType): Acceptance {
  const [least, most] = rangeOf(dtype);
  return {
    isAdmissible: (claimed) => integerOf(claimed, dtype) === value,
    justOutside: () =>
      [value - 1n, value + 1n].filter((v) => v >= least && v <= most).map((v) => BigInt.asUintN(8 * widthOf(dtype), v)),
    values: () => [BigInt.asUintN(8 * widthOf(dtype), value)],
  };
}

/** One of these values of an integer type, given modulo the type. */
export function anyInteger(values: readonly bigint[], dtype: DType): Acceptance {
  const modulus = 1n << BigInt(8 * widthOf(dtype));
  const bits = values.map((value) => ((value % modulus) + modulus) % modulus);
  const isAdmissible = (claimed: bigint): boolean => bits.includes(claimed);
  return { isAdmissible, justOutside: () => bits.map((value) => (value + 1n) % modulus).filter((value) => !isAdmissible(value)), values: () => distinct(bits) };
}

/** What a number that the type does not have may become; `whole` is its integer part, where it has one of less than 65 bits. */
export function outOfRange(dtype: DType, whole?: bigint): Acceptance {
  const [least, most] = rangeOf(dtype);
  // Conversions to signed numbers of 32 and 64 bits give an end; all others the low bits of what conversions to those give.
  if (least < 0n && widthOf(dtype) >= 4) return anyInteger([0n, least, most], dtype);
  const bent = widthOf(dtype) >= 4 ? [(most + 1n) / 2n] : [];
  return anyInteger([0n, -1n, ...bent, ...(whole === undefined ? [] : [whole])], dtype);
}

/** The element that these bits are, of any type: bit for bit, but a floating point number as a number. */
export function exactlyBits(bits: bigint, dtype: DType): Acceptance {
  if (dtype === DType.float32) return exactly(decode(bits));
  return isFloating(dtype) ? exactlyNumber(numberOf(dtype, bits), dtype) : exactlyInteger(integerOf(bits, dtype), dtype);
}

/** A number of any floating point type: any NaN equals any NaN, −0 equals +0. */
export function exactlyNumber(value: number, dtype: DType): Acceptance {
  const isIt = (claimed: bigint): boolean => {
    const given = numberOf(dtype, claimed);
    return claimed >> BigInt(8 * widthOf(dtype)) === 0n && (given === value || (given !== given && value !== value));
  };
  return {
    isAdmissible: isIt,
    justOutside: () => [-1, 1].map((step) => beside(dtype, value, step)).filter((bits) => !isIt(bits)),
    values: () => [committedBits(dtype, bitsOfNumber(dtype, value))],
  };
}

/**
 * The binary32 numbers from low / denominator to high / denominator units, both included; an infinity counts where the
 * interval reaches past the largest finite number on its side. NaN is forbidden.
 */
export function within(low: bigint, high: bigint, denominator: bigint): Acceptance {
  const overflow = (end: bigint): boolean => end > LARGEST * denominator;
  return {
    isAdmissible: (claimed) => {
      const value = decode(claimed);
      if (isFinite(value)) return low <= value * denominator && value * denominator <= high;
      return value > 0 ? overflow(high) : value < 0 && overflow(-low);
    },
    justOutside: () => {
      const margin = (high - low) >> 41n;
      const above = beyond(high, margin, denominator);
      const below = beyond(-low, margin, denominator);
      return [...(below === undefined ? [] : [encode(negate(below))]), ...(above === undefined ? [] : [encode(above)])];
    },
    values: () => undefined,
  };
}

/**
 * The smallest binary32 value that is more than `margin` above an interval ending at `end`, in units / denominator;
 * undefined if the interval reaches up to infinity.
 */
function beyond(end: bigint, margin: bigint, denominator: bigint): Value | undefined {
  if (end > LARGEST * denominator) return undefined;
  const past = end + margin;
  const floor = past >= 0n ? past / denominator : -((-past + denominator - 1n) / denominator);
  const last = atMost(floor);
  return isFinite(last) ? neighbour(last, 1) : -LARGEST;
}
