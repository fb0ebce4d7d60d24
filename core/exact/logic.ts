import { Rule } from "../program/types.ts";
import { DType } from "../tensor/dtype.ts";
import { exactlyInteger, type Acceptance } from "./acceptance.ts";
import { define } from "./define.ts";
import { required, type Question } from "./operand.ts";

/** The elements of the operands, broadcast to the output, as numbers: integers as bigints, all others as JavaScript has them. */
const operandsOf = (q: Question): (number | bigint)[] => q.inputs.map((_, i) => required(q, i)).map((operand) => operand.number(operand.broadcast(q.at)));

const truth = (holds: boolean): Acceptance => exactlyInteger(holds ? 1n : 0n, DType.bool);

/** Comparisons as the language makes them: with a NaN none holds, and zeros are equal. */
const comparison = (holds: (a: number | bigint, b: number | bigint) => boolean) => (q: Question) => {
  const [a, b] = operandsOf(q);
  return truth(holds(a, b));
};

export const equality = define("Equal", [Rule.equal], comparison((a, b) => a === b));
