import type { Program } from "../program/types.ts";
import { Rule } from "../program/types.ts";
import type { Form } from "./form.ts";
import { LOWERED, loweredWhere } from "./lower/index.ts";

/** A node whose numbers several values are right for, and why it is one. */
export interface Bounded {
  readonly name: string;
  readonly op: string;
  readonly why: string;
}

/** The nodes of a program under the rule `bound`. In portable form there are few. */
export const boundedNodes = ({ nodes }: Program, form: Form): Bounded[] =>
  nodes.filter(({ rule }) => rule === Rule.bound).map(({ name, op }) => ({ name, op, why: whyBounded(op, form) }));

function whyBounded(op: string, form: Form): string {
  const isLowered = LOWERED.has(op);
  if (form === "source") return isLowered ? "the source's operator is kept; in portable form it is written in terms of others" : "CPUs compute it apart";
  return isLowered ? `it is written in terms of others only ${loweredWhere(op) ?? "where it can be"}` : "CPUs compute it apart, and it is not written in terms of others";
}
