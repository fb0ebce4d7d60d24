import { DType, widthOf } from "../program/types.ts";
import { anyOf, everything, exactly, exactlyBits, rangeOf, type Acceptance } from "./acceptance.ts";
import { add, divide, multiply, negate, type Value } from "./binary32.ts";
import { required, type Question } from "./operand.ts";

/**
 * One operation on two operands, broadcast to the output: on float32 correctly rounded, all that it may be; on integers
 * modulo the type, undefined where nothing is known.
 */
const elementwise =
  (float: (a: Value, b: Value) => readonly Value[], integer: (a: bigint, b: bigint, most: bigint) => bigint | undefined) =>
  (q: Question): Acceptance => {
    const { dtype } = q.node.output;
    const [a, b] = [required(q, 0), required(q, 1)];
    const [at, bt] = [a.broadcast(q.at), b.broadcast(q.at)];
    if (dtype === DType.float32) return anyOf(float(a.float(at), b.float(bt)).map(exactly));
    const result = integer(a.integer(at), b.integer(bt), rangeOf(dtype)[1]);
    return result === undefined ? everything : exactlyBits(BigInt.asUintN(8 * widthOf(dtype), result), dtype);
  };

export const addition = elementwise(
  (a, b) => [add(a, b)],
  (a, b) => a + b,
);
export const subtraction = elementwise(
  (a, b) => [add(a, negate(b))],
  (a, b) => a - b,
);
export const multiplication = elementwise(
  (a, b) => [multiply(a, b)],
  (a, b) => a * b,
);
export const division = elementwise(divide, (a, b, most) => (b === 0n || a / b > most ? undefined : a / b));
