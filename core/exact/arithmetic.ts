import { Rule } from "../program/types.ts";
import { define } from "./define.ts";
import { DType, widthOf } from "../tensor/dtype.ts";
import { anyOf, exactly, exactlyBits, exactlyInteger, oneOf, type Acceptance } from "./acceptance.ts";
import { add, divide, multiply, negate, type Value } from "./binary32.ts";
import { required, type Question } from "./operand.ts";

/**
 * One operation on two operands, broadcast to the output: on float32 correctly rounded, all that it may be; on integers
 * modulo the type.
 */
const elementwise =
  (float: (a: Value, b: Value) => readonly Value[], integer: (a: bigint, b: bigint) => bigint) =>
  (q: Question): Acceptance => {
    const { dtype } = q.node.output;
    const [a, b] = [required(q, 0), required(q, 1)];
    const [at, bt] = [a.broadcast(q.at), b.broadcast(q.at)];
    if (dtype === DType.float32) return anyOf(float(a.float(at), b.float(bt)).map(exactly));
    return exactlyBits(BigInt.asUintN(8 * widthOf(dtype), integer(a.integer(at), b.integer(bt))), dtype);
  };

export const addition = define("Add", [Rule.rounded, Rule.equal], elementwise(
  (a, b) => [add(a, b)],
  (a, b) => a + b,
));
export const subtraction = define("Sub", [Rule.rounded, Rule.equal], elementwise(
  (a, b) => [add(a, negate(b))],
  (a, b) => a - b,
));
export const multiplication = define("Mul", [Rule.rounded, Rule.equal], elementwise(
  (a, b) => [multiply(a, b)],
  (a, b) => a * b,
));
/** Where a processor does not trap, a division of integers by zero gives 0. */
export const division = define("Div", [Rule.rounded, Rule.equal], elementwise(divide, (a, b) => (b === 0n ? 0n : a / b)));

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
  const value = required(q, 0).float(q.at);
  if (typeof value === "number") return exactly(value);
  return exactly((value >> 149n) << 149n);
});
