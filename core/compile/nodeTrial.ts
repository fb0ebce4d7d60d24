import { sameFloat } from "../math/float32.ts";
import type { FloatInputs } from "../operators/dot.ts";
import { operatorOf } from "../operators/index.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { Rule, type Arithmetic, type Schedule } from "../program/types.ts";
import { candidates, dotOf, isPermittedChain, matching } from "./dot.ts";

/** Rules under which an element has one value, which another runtime or another processor need not compute. */
const TRIED: readonly Rule[] = [Rule.chain, Rule.gemv, Rule.kernel, Rule.lanes];

const NO_SCHEDULE: Schedule = { chunk: 0, flags: 0 };

export const isTriedRule = (rule: Rule): boolean => TRIED.includes(rule);

/** Whether a row of the node may state a rule that a host must be tried on. */
export const isTried = ({ rules }: Mapped): boolean => rules.some(isTriedRule);

/** A node on given values of its inputs. */
export interface NodeTrial {
  /** What its row may state under rules that a host is tried on, the likeliest first. */
  readonly candidates: readonly Arithmetic[];
  /** Those of the arithmetics that every compared element of an output follows. Of a dot product about `budget` products are compared. */
  following(output: Float32Array, arithmetics: readonly Arithmetic[], budget: number): readonly Arithmetic[];
}

/** @param values of the float32 inputs, row-major, in the shapes that the node was mapped with */
export function trialOf(mapped: Mapped, values: FloatInputs): NodeTrial {
  const { dot, replay } = operatorOf(mapped.opcode);
  if (dot !== undefined) {
    const taken = dotOf(mapped, values);
    return { candidates: candidates(taken), following: (output, arithmetics, budget) => matching(taken, output, arithmetics, budget) };
  }
  if (replay === undefined) throw new Error(`opcode ${mapped.opcode} has no arithmetic that a host is tried on`);
  return {
    candidates: replayed(mapped),
    following: (output, arithmetics) => arithmetics.filter((arithmetic) => replay(mapped, values, arithmetic).every((value, i) => sameFloat(value, output[i]))),
  };
}

/** What a row of an operator with a replay may state under `kernel` and `lanes`. */
function replayed(mapped: Mapped): Arithmetic[] {
  const { replay, schedules } = { schedules: undefined, ...operatorOf(mapped.opcode) };
  if (replay === undefined) return [];
  return mapped.rules.filter(isTriedRule).flatMap((rule) => (schedules?.(mapped) ?? [NO_SCHEDULE]).map(({ chunk, flags }) => ({ rule, chunk, flags })));
}

/** Whether a row of the node may state this: a rule that is permitted for it, with a schedule that there is under the rule. */
export function isPermitted(stated: Arithmetic, mapped: Mapped): boolean {
  const { rule, chunk, flags } = stated;
  if (!mapped.rules.includes(rule)) return false;
  if (!isTriedRule(rule)) return chunk === 0 && flags === 0;
  if (operatorOf(mapped.opcode).dot !== undefined) return isPermittedChain(stated, mapped);
  return replayed(mapped).some((permitted) => permitted.rule === rule && permitted.chunk === chunk && permitted.flags === flags);
}
