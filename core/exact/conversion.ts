import { Rule } from "../program/types.ts";
import { DType, widthOf } from "../tensor/dtype.ts";
import { exactlyInteger, exactlyNumber, rangeOf, type Acceptance } from "./acceptance.ts";
import { define } from "./define.ts";
import { isFloating, nearestNumber, UNITS_OF_ONE, unitsOf } from "./formats.ts";
import { required } from "./operand.ts";

/** One of these values of an integer type, given modulo the type. */
function anyInteger(values: readonly bigint[], dtype: DType): Acceptance {
  const modulus = 1n << BigInt(8 * widthOf(dtype));
  const bits = values.map((value) => ((value % modulus) + modulus) % modulus);
  const isAdmissible = (claimed: bigint): boolean => bits.includes(claimed);
  return { isAdmissible, justOutside: () => bits.map((value) => (value + 1n) % modulus).filter((value) => !isAdmissible(value)) };
}

/** What a number that the type does not have may become; `whole` is its integer part, where it has one of less than 65 bits. */
function outOfRange(dtype: DType, whole?: bigint): Acceptance {
  const ends = widthOf(dtype) < 4 ? [] : [2n ** BigInt(8 * widthOf(dtype) - 1), 2n ** BigInt(8 * widthOf(dtype) - 1) - 1n];
  return anyInteger([0n, -1n, ...ends, ...(whole === undefined ? [] : [whole])], dtype);
}

/** A floating point number as an integer: what stands behind the point is left out. */
function integerPart(value: number, dtype: DType): Acceptance {
  if (!Number.isFinite(value)) return outOfRange(dtype);
  const whole = BigInt(Math.trunc(value));
  const [least, most] = rangeOf(dtype);
  if (whole >= least && whole <= most) return exactlyInteger(whole, dtype);
  return outOfRange(dtype, Math.abs(value) < 2 ** 64 ? whole : undefined);
}

/** The runtime rounds to a float16 by way of a float32. */
function nearest(to: DType, units: bigint): number {
  if (to !== DType.float16) return nearestNumber(to, units);
  const single = nearestNumber(DType.float32, units);
  return Number.isFinite(single) ? nearestNumber(to, unitsOf(single)) : single;
}

export const conversion = define("Cast", [Rule.equal], (q) => {
  const x = required(q, 0);
  const to = q.node.output.dtype;
  const value = x.number(x.broadcast(q.at));
  if (to === DType.bool) return exactlyInteger(Number(value) === 0 ? 0n : 1n, to);
  if (!isFloating(to)) return typeof value === "number" ? integerPart(value, to) : anyInteger([value], to);
  if (typeof value === "number" && !Number.isFinite(value)) return exactlyNumber(value, to);
  return exactlyNumber(nearest(to, typeof value === "number" ? unitsOf(value) : value * UNITS_OF_ONE), to);
});
