import { Rule } from "../program/types.ts";
import { define } from "./define.ts";
import { DType, widthOf } from "../tensor/dtype.ts";
import { anyOf, exactly, exactlyBits, exactlyInteger, exactlyNumber, oneOf, type Acceptance } from "./acceptance.ts";
import { absolute, add, decode, divide, isFinite, multiply, nearest, negate, told, UNIT_BITS, type Value } from "./binary32.ts";
import * as doubles from "./binary64.ts";
import { integerSquareRoot } from "./fixedPoint.ts";
import { required, type Question } from "./operand.ts";

/**
 * One operation on two operands, broadcast to the output: on floating point numbers correctly rounded, all that it may be; on
 * integers modulo the type.
 */
const elementwise =
  (float: (a: Value, b: Value) => readonly Value[], double: (a: number, b: number) => readonly number[], integer: (a: bigint, b: bigint) => bigint) =>
  (q: Question): Acceptance => {
    const { dtype } = q.node.output;
    const [a, b] = [required(q, 0), required(q, 1)];
    const [at, bt] = [a.broadcast(q.at), b.broadcast(q.at)];
    if (dtype === DType.float32) return anyOf(float(a.float(at), b.float(bt)).map(exactly));
    if (dtype === DType.float64) return anyOf(double(Number(a.number(at)), Number(b.number(bt))).map((value) => exactlyNumber(value, dtype)));
    return exactlyBits(BigInt.asUintN(8 * widthOf(dtype), integer(a.integer(at), b.integer(bt))), dtype);
  };

export const addition = define("Add", [Rule.rounded, Rule.equal], elementwise(
  (a, b) => [add(a, b)],
  (a, b) => [doubles.add(a, b)],
  (a, b) => a + b,
));
export const subtraction = define("Sub", [Rule.rounded, Rule.equal], elementwise(
  (a, b) => [add(a, negate(b))],
  (a, b) => [doubles.add(a, -b)],
  (a, b) => a - b,
));
export const multiplication = define("Mul", [Rule.rounded, Rule.equal], elementwise(
  (a, b) => [multiply(a, b)],
  (a, b) => [doubles.multiply(a, b)],
  (a, b) => a * b,
));
/** Where a processor does not trap, a division of integers by zero gives 0. */
export const division = define("Div", [Rule.rounded, Rule.equal], elementwise(divide, doubles.divide, (a, b) => (b === 0n ? 0n : a / b)));

/** max(x, 0). Of a NaN and 0 it is either, which depends on the CPU. */
export const relu = define("Relu", [Rule.equal], (q) => {
  const { dtype } = q.node.output;
  if (dtype !== DType.float32) {
    const integer = required(q, 0).integer(q.at);
    return exactlyInteger(integer > 0n ? integer : 0n, dtype);
  }
  const value = required(q, 0).float(q.at);
  if (value !== value) return oneOf([NaN, 0n]);
  return exactly(value > 0 ? value : 0n);
});

/** The greatest integer that is not greater; numbers are counted in units of 2^-149. */
export const floor = define("Floor", [Rule.equal], (q) => {
  if (q.node.output.dtype === DType.float64) return exactlyNumber(Math.floor(Number(required(q, 0).number(q.at))), DType.float64);
  const value = required(q, 0).float(q.at);
  return exactly(typeof value === "number" ? value : (value >> 149n) << 149n);
});

const isNaN = (value: Value): boolean => value !== value;

/** The greater and the smaller of two; a NaN where either is one. */
const extremum = (takesFirst: (a: number | bigint, b: number | bigint) => boolean) =>
  elementwise(
    (a, b) => [isNaN(a) || isNaN(b) ? NaN : takesFirst(a, b) ? a : b],
    (a, b) => [isNaN(a) || isNaN(b) ? NaN : takesFirst(a, b) ? a : b],
    (a, b) => (takesFirst(a, b) ? a : b),
  );
export const maximum = define("Max", [Rule.equal], extremum((a, b) => a > b));
export const minimum = define("Min", [Rule.equal], extremum((a, b) => a < b));

export const absoluteValue = define("Abs", [Rule.equal], (q) => {
  const { dtype } = q.node.output;
  if (dtype !== DType.float32) {
    const x = required(q, 0).number(q.at);
    if (typeof x === "number") return exactlyNumber(Math.abs(x), dtype);
    return exactlyBits(BigInt.asUintN(8 * widthOf(dtype), x < 0n ? -x : x), dtype);
  }
  const value = required(q, 0).float(q.at);
  return exactly(isFinite(value) ? absolute(value) : Math.abs(value));
});

/** The root of v units is that of v · 2^149 in units; it is found to 40 places more, and whether anything is left. */
export const squareRoot = define("Sqrt", [Rule.rounded], (q) => {
  if (q.node.output.dtype === DType.float64) return exactlyNumber(doubles.squareRoot(Number(required(q, 0).number(q.at))), DType.float64);
  const value = required(q, 0).float(q.at);
  if (isNaN(value) || value < 0) return exactly(NaN);
  if (!isFinite(value)) return exactly(value);
  const square = value << (UNIT_BITS + 80n);
  const root = integerSquareRoot(square);
  return exactly(told("root", [value], nearest(2n * root + (root * root === square ? 0n : 1n), 1n << 41n)));
});

const parameter = (q: Question, i: number): Value => decode(BigInt(q.node.attributes[i] >>> 0));

/** x, and below zero alpha · x. */
export const leakyRelu = define("LeakyRelu", [Rule.rounded], (q) => {
  const value = required(q, 0).float(q.at);
  return exactly(value >= 0 ? value : multiply(parameter(q, 0), value));
});

/** Not below the one bound, and not above the other, which comes last. */
export const clip = define("Clip", [Rule.equal], (q) => {
  const value = required(q, 0).float(q.at);
  const [low, high] = [parameter(q, 0), parameter(q, 1)];
  if (isNaN(value)) return exactly(NaN);
  const raised = low > value ? low : value;
  return exactly(raised > high ? high : raised);
});
