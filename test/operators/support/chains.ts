import { Rule, type Arithmetic, type Node } from "../../../core/program/types.ts";

/** A dot product under a chain schedule. */
export const chained = (node: Node, chunk: number, biasFirst: boolean): Node => ({ ...node, rule: Rule.chain, chunk, flags: biasFirst ? 1 : 0 });

/** All forms that a row may state under gemv: a row times a matrix with the bias last or first, and contiguous rows. */
export const GEMV_FLAGS = [0, 1, 2] as const;

export const underGemv = (node: Node, flags: number): Node => ({ ...node, rule: Rule.gemv, chunk: 0, flags });

/** What onnxruntime is known to compute: chains of several lengths, and kernels for one row or column. */
export const arithmetics = (): Arithmetic[] => [
  ...[0, 64, 128, 256, 512].flatMap((chunk) => [0, 1].map((flags) => ({ rule: Rule.chain, chunk, flags }))),
  ...GEMV_FLAGS.map((flags) => ({ rule: Rule.gemv, chunk: 0, flags })),
];
