/**
 * What a node admits, by the definitions of docs/protocol.md §2 in exact arithmetic on big integers: slow, obvious, and
 * written apart from the contracts and their twins, so that a fault of theirs can't hide itself here.
 */
import type { TensorReader } from "../tensor/reader.ts";
import type { DType } from "../tensor/dtype.ts";
import { Opcode, ruleName, type Node } from "../program/types.ts";
import type { Acceptance } from "./acceptance.ts";
import type { Definition } from "./define.ts";
import { committedBits, isFloating } from "./formats.ts";
import { DEFINITIONS } from "./list.ts";
import { ask } from "./operand.ts";

export type { Acceptance } from "./acceptance.ts";

const BY_OPCODE: ReadonlyMap<number, Definition> = new Map(
  Object.entries(DEFINITIONS satisfies Readonly<Record<keyof typeof Opcode, Definition>>).map(([name, definition]) => [Opcode[name as keyof typeof Opcode], definition]),
);

/** Of the bit patterns that are the same number, only the one that `committedBits` gives may stand in a computed tensor. */
const committed = (dtype: DType, { isAdmissible, justOutside, values }: Acceptance): Acceptance => ({
  isAdmissible: (claimed) => committedBits(dtype, claimed) === claimed && isAdmissible(claimed),
  justOutside,
  values,
});

/** Which values element `element` (a row-major index) of the node's output may have, given its inputs. */
export function acceptance(node: Node, element: number, x: readonly (TensorReader | undefined)[]): Acceptance {
  const { rules, judge } = BY_OPCODE.get(node.opcode)!;
  if (!rules.includes(node.rule)) throw new RangeError(`rule ${ruleName(node.rule)} is none of opcode 0x${node.opcode.toString(16)}`);
  const allowed = judge(ask(node, element, x));
  return isFloating(node.output.dtype) ? committed(node.output.dtype, allowed) : allowed;
}
