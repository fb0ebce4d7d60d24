import { Rule } from "../program/types.ts";
import { DType } from "../tensor/dtype.ts";
import { anyInteger, exactlyInteger, exactlyNumber, outOfRange, rangeOf, type Acceptance } from "./acceptance.ts";
import { define } from "./define.ts";
import { isFloating, nearestNumber, UNITS_OF_ONE, unitsOf } from "./formats.ts";
import { required } from "./operand.ts";

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
