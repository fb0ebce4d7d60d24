/** What two hosts make of one subject. */
import { parseModel, nodeName } from "../../core/onnx/model.ts";
import { Rule, ruleName } from "../../core/program/types.ts";
import type { Outcome } from "./report.ts";
import type { Subject } from "./subjects.ts";

/** A tensor that differs although everything that it is computed from is the same. */
export interface Origin {
  readonly tensor: string;
  readonly op: string;
  /** Undefined where the compiler did not take the file. */
  readonly rule: string | undefined;
}

export interface Comparison {
  readonly tensors: number;
  /** Tensors that differ in some run. */
  readonly differing: number;
  /** In the order of the file. */
  readonly origins: readonly Origin[];
}

/** Rules under which hosts may differ: a bound leaves values open, and lanes are as many as a vector of the processor has. */
const OPEN: readonly string[] = [ruleName(Rule.bound), ruleName(Rule.lanes)];

/** Compares all tensors of all runs of two hosts. */
export function compare({ file, version }: Pick<Subject, "file" | "version">, one: Outcome, other: Outcome): Comparison {
  const differs = (name: string): boolean => one.roots.some((roots, run) => roots[name] !== other.roots[run]?.[name]);
  const names = Object.keys(one.roots[0]);
  const differing = new Set(names.filter(differs));
  const origins = parseModel(file).graph.node.flatMap((node, i): Origin[] => {
    const tensor = node.output.find((name) => differing.has(name));
    if (tensor === undefined || node.input.some((name) => differing.has(name))) return [];
    const rule = version?.program.nodes[i].rule;
    return [{ tensor: nodeName(node), op: node.opType, rule: rule === undefined ? undefined : ruleName(rule) }];
  });
  return { tensors: names.length, differing: differing.size, origins };
}

/** The nodes whose rule leaves nothing open and that differ all the same: there must be none where both hosts serve the version. */
export const broken = ({ origins }: Comparison): Origin[] => origins.filter(({ rule }) => rule !== undefined && !OPEN.includes(rule));

/** The comparison for people. */
export function describe({ tensors, differing, origins }: Comparison): string {
  if (differing === 0) return "equal";
  const [{ tensor, op, rule }] = origins;
  return `${differing} of ${tensors} tensors differ, first ${op === tensor ? op : `${op} ${tensor}`}${rule === undefined ? "" : ` (${rule})`}`;
}
