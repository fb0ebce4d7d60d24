import { OPERATORS, operatorOf } from "../operators/index.ts";
import { Rule, ruleName, type Program } from "../program/types.ts";
import { isTriedRule } from "./nodeTrial.ts";

/**
 * What a row asks of a host's runtime by name: the order in which all dot products under its rule are added, or the operations
 * of one operator's kernel. docs/operators.md defines them; nothing where every runtime that keeps to ONNX gives the one value.
 */
function kernelOf(rule: Rule, operator: string): string[] {
  if (!isTriedRule(rule)) return [];
  return [rule === Rule.chain || rule === Rule.gemv ? ruleName(rule) : `${ruleName(rule)} ${operator}`];
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** The kernels that a program's rows follow. */
export const kernelsOf = ({ nodes }: Program): string[] => sorted(nodes.flatMap(({ rule, opcode }) => kernelOf(rule, operatorOf(opcode).name)));

/** The kernels that this release can try a host on and judge. */
export const KERNELS: readonly string[] = sorted(OPERATORS.flatMap(({ name, rules }) => rules.flatMap((rule) => kernelOf(rule, name))));
