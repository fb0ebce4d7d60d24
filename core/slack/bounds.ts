import { operatorOf } from "../operators/index.ts";
import type { ValuedNode } from "../operators/valuedNode.ts";
import { Rule } from "../program/types.ts";

/**
 * The bound of every element of a node under the rule `bound` (docs/protocol.md §2.7), to first order in u; infinite
 * or NaN where infinities and NaN are admissible. Undefined under other rules.
 */
export function boundsOf(node: ValuedNode): Float64Array | undefined {
  if (node.rule !== Rule.bound) return undefined;
  const { bound } = operatorOf(node.mapped.opcode);
  if (bound === undefined) throw new RangeError(`opcode ${node.mapped.opcode} has no bound, but the rule of its row is bound`);
  return bound(node);
}
