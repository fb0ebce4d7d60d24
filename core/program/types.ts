import type { Tensor, TensorSpec } from "../tensor/tensor.ts";
import type { Opcode } from "./opcodes.ts";

export const Rule = { equal: 0, rounded: 1, chain: 2, bound: 3, gemv: 4, kernel: 5, lanes: 6 } as const;
export type Rule = (typeof Rule)[keyof typeof Rule];
export const ruleName = (rule: Rule): string => ["equal", "rounded", "chain", "bound", "gemv", "kernel", "lanes"][rule];

export { Opcode } from "./opcodes.ts";

/** One node of a program. `inputs[i]` is undefined for an optional input that is absent. */
export interface Node {
  opcode: Opcode;
  rule: Rule;
  /** Schedule of a chain: chunk length in products (0: one chunk) and its flags. Under `lanes` their number and its flags. Else both 0. */
  chunk: number;
  flags: number;
  output: Tensor;
  inputs: readonly (Tensor | undefined)[];
  attributes: readonly number[];
}

/** What a version commits to: the trace's size, the graph's inputs and outputs, the rows. */
export interface Program {
  tensorCount: number;
  /** Graph input `i` is tensor `i`. */
  inputs: readonly TensorSpec[];
  outputs: readonly (TensorSpec & { id: number })[];
  nodes: readonly (Node & { name: string; op: string })[];
}

/** How the operands of an element are added, as a row states it. */
export type Schedule = Readonly<Pick<Node, "chunk" | "flags">>;

/** What a row states of the arithmetic of its elements: the rule with its schedule. */
export type Arithmetic = Readonly<Pick<Node, "rule" | "chunk" | "flags">>;
