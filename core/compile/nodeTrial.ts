import { sameFloat } from "../math/float32.ts";
import type { FloatInputs } from "../operators/dot.ts";
import { candidates, isPermittedFor } from "../operators/floatDot/sgemm.ts";
import { operatorOf } from "../operators/index.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { Rule, type Arithmetic, type Schedule } from "../program/types.ts";
import { dotOf, matching } from "./dot.ts";

/** Rules under which an element has one value, which another runtime or another processor need not compute. */
const TRIED: readonly Rule[] = [Rule.chain, Rule.gemv, Rule.kernel, Rule.lanes];

const NO_SCHEDULE: Schedule = { chunk: 0, flags: 0 };

export const isTriedRule = (rule: Rule): boolean => TRIED.includes(rule);

/** Whether a row of the node may state a rule that a host must be tried on. */
export const isTried = ({ rules }: Mapped): boolean => rules.some(isTriedRule);

/** What a row of the node may be found to state under such rules, the likeliest first. */
export function candidatesOf(mapped: Mapped): readonly Arithmetic[] {
  const operator = operatorOf(mapped.opcode);
  if (operator.dot !== undefined) return candidates(operator.call(mapped));
  if (operator.replay === undefined) return [];
  const schedules = operator.schedules?.(mapped) ?? [NO_SCHEDULE];
  return mapped.rules.filter(isTriedRule).flatMap((rule) => schedules.map(({ chunk, flags }) => ({ rule, chunk, flags })));
}

/** Whether a row of the node may state this: a rule that is permitted for it, with a schedule that there is under the rule. */
export function isPermitted(stated: Arithmetic, mapped: Mapped): boolean {
  const { rule, chunk, flags } = stated;
  if (!mapped.rules.includes(rule)) return false;
  if (!isTriedRule(rule)) return chunk === 0 && flags === 0;
  const operator = operatorOf(mapped.opcode);
  if (operator.dot !== undefined) return isPermittedFor(operator.call(mapped), mapped.inputs[2] !== undefined, stated);
  return candidatesOf(mapped).some((permitted) => permitted.rule === rule && permitted.chunk === chunk && permitted.flags === flags);
}

/**
 * Those of the arithmetics that every compared element of an output follows.
 * @param values of the float32 inputs, row-major, in the shapes that the node was mapped with
 * @param budget products that are compared of a dot product, about
 */
export function following(
  mapped: Mapped,
  values: FloatInputs,
  output: Float32Array,
  arithmetics: readonly Arithmetic[],
  budget: number,
): readonly Arithmetic[] {
  const { dot, replay } = operatorOf(mapped.opcode);
  if (dot !== undefined) return matching(dotOf(mapped, values), output, arithmetics, budget);
  if (replay === undefined) throw new Error(`opcode ${mapped.opcode} has no arithmetic that a host is tried on`);
  return arithmetics.filter((arithmetic) => replay(mapped, values, arithmetic).every((value, i) => sameFloat(value, output[i])));
}
