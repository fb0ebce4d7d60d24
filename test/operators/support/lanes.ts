import { operatorOf } from "../../../core/operators/index.ts";
import type { Mapped } from "../../../core/operators/reading/mapped.ts";
import { Rule, type Node, type Schedule } from "../../../core/program/types.ts";
import type { OnnxCase, OpCase } from "../../support/opCase.ts";

const NONE: readonly Schedule[] = [{ chunk: 0, flags: 0 }];

/** The orders of additions that a node may state under the rule `lanes`; none where its operator has no such rows. */
export function lanesOf(node: Node): Node[] {
  const { lanes, schedules } = { schedules: undefined, ...operatorOf(node.opcode) };
  if (lanes === undefined) return [];
  // Which there are follows from the opcode alone.
  const stated = schedules?.({ opcode: node.opcode } as Mapped) ?? NONE;
  return stated.map(({ chunk, flags }) => ({ ...node, rule: Rule.lanes, chunk, flags }));
}

export const underLanes = <C extends OpCase | OnnxCase>(c: C): C[] => lanesOf(c.node).map((node) => ({ ...c, node }));
