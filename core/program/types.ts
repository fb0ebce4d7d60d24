import type { Tensor, TensorSpec } from "../tensor/tensor.ts";

export const Rule = { equal: 0, rounded: 1, chain: 2, bound: 3 } as const;
export type Rule = (typeof Rule)[keyof typeof Rule];
export const ruleName = (rule: Rule): string => ["equal", "rounded", "chain", "bound"][rule];

/** Opcodes (docs/protocol.md §1.4); the high byte is the family that judges them. */
export const Opcode = {
  Conv: 0x0101,
  Gemm: 0x0102,
  MatMul: 0x0103,
  QLinearConv: 0x0201,
  QLinearMatMul: 0x0202,
  Strided: 0x0301,
  QuantizeLinear: 0x0401,
  DequantizeLinear: 0x0402,
  Add: 0x0501,
  Sub: 0x0502,
  Mul: 0x0503,
  Div: 0x0504,
  Relu: 0x0561,
  Floor: 0x0562,
  ReduceMean: 0x0601,
  MaxPool: 0x0612,
  BatchNormalization: 0x0701,
  Softmax: 0x0702,
  LayerNormalization: 0x0703,
} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** One node of a program. `inputs[i]` is undefined for an optional input that is absent. */
export interface Node {
  opcode: Opcode;
  rule: Rule;
  /** Schedule of a chain: chunk length in products (0: one chunk) and its flags; both 0 under other rules. */
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
