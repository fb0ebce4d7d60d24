import { DType, widthOf } from "../program/types.ts";
import { everything, exactly, exactlyBits, rangeOf, type Acceptance } from "./acceptance.ts";
import { add, decode, divide, multiply, negate, type Value } from "./binary32.ts";
import { required, type Question } from "./operand.ts";

/**
 * One operation on two operands, broadcast to the output: on float32 bits, correctly rounded; on integers modulo the
 * type, undefined where nothing is known.
 */
const elementwise =
  (float: (a: bigint, b: bigint) => Value, integer: (a: bigint, b: bigint, most: bigint) => bigint | undefined) =>
  (q: Question): Acceptance => {
    const { dtype } = q.node.output;
    const [a, b] = [required(q, 0), required(q, 1)];
    const [at, bt] = [a.broadcast(q.at), b.broadcast(q.at)];
    if (dtype === DType.float32) return exactly(float(a.bits(at), b.bits(bt)));
    const result = integer(a.integer(at), b.integer(bt), rangeOf(dtype)[1]);
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
export const division = elementwise(divide, (a, b, most) => (b === 0n || a / b > most ? undefined : a / b));
