import { Rule } from "../program/types.ts";
import { DType, widthOf } from "../tensor/dtype.ts";
import { exactlyBits, exactlyInteger, exactlyNumber, NOTHING, type Acceptance } from "./acceptance.ts";
import { define } from "./define.ts";
import { isFloating } from "./formats.ts";
import { required, type Question } from "./operand.ts";

/** The element of an operand, broadcast to the output: its bits, or as a number, an integer as a bigint. */
const bitsAt = (q: Question, i: number): bigint => required(q, i).bits(required(q, i).broadcast(q.at));
const numberAt = (q: Question, i: number): number | bigint => required(q, i).number(required(q, i).broadcast(q.at));

/** Comparisons as the language makes them: with a NaN none holds, and zeros are equal. */
const comparison = (holds: (a: number | bigint, b: number | bigint) => boolean) => (q: Question) =>
  exactlyInteger(holds(numberAt(q, 0), numberAt(q, 1)) ? 1n : 0n, DType.bool);

export const equality = define("Equal", [Rule.equal], comparison((a, b) => a === b));
export const lessThan = define("Less", [Rule.equal], comparison((a, b) => a < b));
export const atMostAs = define("LessOrEqual", [Rule.equal], comparison((a, b) => a <= b));

/** The element with these bits, of which the type keeps what it has room for. */
const bitsOf = (bits: bigint, dtype: DType): Acceptance => exactlyBits(BigInt.asUintN(dtype === DType.bool ? 8 : 8 * widthOf(dtype), bits), dtype);

const combination = (combine: (a: bigint, b: bigint) => bigint) => (q: Question) => bitsOf(combine(bitsAt(q, 0), bitsAt(q, 1)), q.node.output.dtype);

export const conjunction = define("And", [Rule.equal], combination((a, b) => a & b));
export const disjunction = define("Or", [Rule.equal], combination((a, b) => a | b));
export const difference = define("Xor", [Rule.equal], combination((a, b) => (a | b) - (a & b)));

/** True for false and false for true; of an integer the digits the other way round: −1 − a. */
export const complement = define("Not", [Rule.equal], (q) => {
  const { dtype } = q.node.output;
  return bitsOf(dtype === DType.bool ? 1n - bitsAt(q, 0) : -1n - bitsAt(q, 0), dtype);
});

/** A product by a power of two, or the whole part of a quotient; beyond 64 places nothing is left either way. */
export const shift = define("BitShift", [Rule.equal], (q) => {
  const places = bitsAt(q, 1);
  const [a, by] = [bitsAt(q, 0), 2n ** (places > 64n ? 64n : places)];
  return bitsOf(q.node.attributes[0] !== 0 ? a / by : a * by, q.node.output.dtype);
});

export const choice = define("Where", [Rule.equal], (q) => exactlyBits(bitsAt(q, bitsAt(q, 0) === 0n ? 2 : 1), q.node.output.dtype));

/** An exact number in its type. */
const exactlyValue = (value: number | bigint, dtype: DType): Acceptance =>
  isFloating(dtype) ? exactlyNumber(Number(value), dtype) : bitsOf(BigInt(value), dtype);

export const signum = define("Sign", [Rule.equal], (q) => {
  const x = numberAt(q, 0);
  return exactlyValue(x > 0 ? 1 : x < 0 ? -1 : typeof x === "bigint" ? 0 : x, q.node.output.dtype);
});

/** Integers around a number: below, and the nearest with ties to even. */
export const rounding = define("Round", [Rule.equal], (q) => {
  const x = numberAt(q, 0);
  const direction = q.node.attributes[0];
  if (typeof x !== "number") throw new RangeError("only floating point numbers are rounded");
  if (direction !== 0) return exactlyValue(direction > 0 ? Math.ceil(x) : Math.floor(x), q.node.output.dtype);
  const floor = Math.floor(x);
  const isAbove = x - floor === 0.5 ? floor % 2 !== 0 : x - floor > 0.5;
  return exactlyValue(isAbove ? floor + 1 : floor, q.node.output.dtype);
});

/** The remainder of a division whose quotient is rounded to zero, as the language makes it: it has the sign of the dividend. */
export const modulo = define("Mod", [Rule.equal], (q) => {
  const { dtype } = q.node.output;
  const [a, b] = [numberAt(q, 0), numberAt(q, 1)];
  if (typeof a === "number" || typeof b === "number") return exactlyNumber(Number(a) % Number(b), dtype);
  if (b === 0n) return NOTHING;
  // With the sign of the dividend by way of binary64.
  return bitsOf(q.node.attributes[0] === 0 ? ((a % b) + b) % b : BigInt(Number(a) % Number(b)), dtype);
});
