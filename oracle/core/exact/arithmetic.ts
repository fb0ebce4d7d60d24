import { DType, widthOf } from "../program/types.ts";
import { everything, exactly, exactlyBits, rangeOf, type Acceptance } from "./acceptance.ts";
import { add, decode, divide, multiply, negate, type Value } from "./binary32.ts";
import { required, type Question } from "./operand.ts";

/**
 * One operation on two operands, broadcast to the output: the correctly rounded result of floats, given by their bits;
 * the result of integers modulo 2^width, undefined where ONNX states none.
 */
const elementwise =
  (floats: (a: bigint, b: bigint) => Value, integers: (a: bigint, b: bigint) => bigint | undefined) =>
  (q: Question): Acceptance => {
    const [a, b] = [required(q, 0), required(q, 1)];
    const [p, r] = [a.broadcast(q.at), b.broadcast(q.at)];
    const { dtype } = q.node.output;
    if (dtype === DType.float32) return exactly(floats(a.bits(p), b.bits(r)));
    const result = integers(a.integer(p), b.integer(r));
    return result === undefined ? everything : exactlyBits(BigInt.asUintN(8 * widthOf(dtype), result), dtype);
  };

export const addition = elementwise(
  (a, b) => add(decode(a), decode(b)),
  (a, b) => a + b,
);
export const subtraction = elementwise(
  (a, b) => add(decode(a), negate(decode(b))),
  (a, b) => a - b,
);
export const multiplication = elementwise(
  (a, b) => multiply(decode(a), decode(b)),
  (a, b) => a * b,
);

/** Integers are divided towards zero. The least signed integer divided by −1 has no result in its type. */
export const division = (q: Question): Acceptance =>
  elementwise(divide, (a, b) => {
    const [, most] = rangeOf(q.node.output.dtype);
    return b === 0n || a / b > most ? undefined : a / b;
  })(q);
