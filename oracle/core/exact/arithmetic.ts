import { exactly, type Acceptance } from "./acceptance.ts";
import { add, decode, divide, multiply, negate, type Value } from "./binary32.ts";
import { required, type Question } from "./operand.ts";

/** The correctly rounded result of one operation on two operands, broadcast to the output. */
const elementwise =
  (operation: (a: bigint, b: bigint) => Value) =>
  (q: Question): Acceptance => {
    const [a, b] = [required(q, 0), required(q, 1)];
    return exactly(operation(a.bits(a.broadcast(q.at)), b.bits(b.broadcast(q.at))));
  };

export const addition = elementwise((a, b) => add(decode(a), decode(b)));
export const subtraction = elementwise((a, b) => add(decode(a), negate(decode(b))));
export const multiplication = elementwise((a, b) => multiply(decode(a), decode(b)));
export const division = elementwise(divide);
