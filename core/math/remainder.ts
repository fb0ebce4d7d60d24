import type { DType } from "../tensor/dtype.ts";
import { fromInt, toInt } from "./element.ts";
import { isFiniteIn, isFloat, isNaNIn, nanOf, partsOf, roundTo, sameNumber } from "./floatFormat.ts";

/**
 * Whether a remainder of a / b may have the claimed bits. Twin of contracts/math/Remainder.sol.
 * @param ofDividend whether it has the sign of the dividend, as C's fmod; else it has that of the divisor
 */
export function admitsRemainder(dtype: DType, a: bigint, b: bigint, ofDividend: boolean, claimed: bigint): boolean {
  if (isFloat(dtype)) return sameNumber(dtype, claimed, ofFloats(dtype, a, b));
  const [x, y] = [toInt(dtype, a), toInt(dtype, b)];
  // The runtime refuses to divide by zero: no run has such an element.
  if (y === 0n) return false;
  return claimed === fromInt(dtype, ofDividend ? nearestDouble(x) % nearestDouble(y) : floored(x, y));
}

function floored(x: bigint, y: bigint): bigint {
  const rest = x % y;
  return rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest;
}

/** The nearest binary64 number of an integer of at most 64 bits, which the runtime computes such remainders with. */
const nearestDouble = (value: bigint): bigint => BigInt(Number(value));

function ofFloats(dtype: DType, a: bigint, b: bigint): bigint {
  if (!isFiniteIn(dtype, a) || isNaNIn(dtype, b)) return nanOf(dtype);
  if (!isFiniteIn(dtype, b)) return a;
  const [x, y] = [partsOf(dtype, a), partsOf(dtype, b)];
  if (y.mantissa === 0n) return nanOf(dtype);
  const exponent = Math.min(x.exponent, y.exponent);
  const [dividend, divisor] = [x, y].map((parts) => parts.mantissa << BigInt(parts.exponent - exponent));
  return roundTo(dtype, { negative: x.negative, mantissa: dividend % divisor, exponent });
}
