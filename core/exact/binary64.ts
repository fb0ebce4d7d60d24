import { DType } from "../tensor/dtype.ts";
import { integerSquareRoot } from "./fixedPoint.ts";
import { nearestNumber, UNITS_OF_ONE, unitsOf } from "./formats.ts";

/** Operations on binary64 numbers, rounded once, by way of integers. Zeros have no sign. */

const nearest = (units: bigint, denominator?: bigint): number => nearestNumber(DType.float64, units, denominator);

const areFinite = (...values: readonly number[]): boolean => values.every(Number.isFinite);

export const add = (a: number, b: number): number => (areFinite(a, b) ? nearest(unitsOf(a) + unitsOf(b)) : a + b);

export function multiply(a: number, b: number): number {
  return areFinite(a, b) ? nearest(unitsOf(a) * unitsOf(b), UNITS_OF_ONE) : a * b;
}

/** What a / b may be: a zero has no sign here, so that an infinite quotient by zero may have either. */
export function divide(a: number, b: number): readonly number[] {
  if (areFinite(a, b) && b !== 0) return [nearest(unitsOf(a) * UNITS_OF_ONE * (b < 0 ? -1n : 1n), unitsOf(Math.abs(b)))];
  if (b === 0 && a !== 0 && a === a) return [-Infinity, Infinity];
  return [a / b];
}

/** It is found to 120 places more than numbers have, and whether anything is left. */
export function squareRoot(value: number): number {
  if (!(value > 0) || value === Infinity) return Math.sqrt(value);
  const square = (unitsOf(value) * UNITS_OF_ONE) << 240n;
  const root = integerSquareRoot(square);
  return nearest(2n * root + (root * root === square ? 0n : 1n), 1n << 121n);
}
