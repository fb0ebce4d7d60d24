import { commitStrides } from "../tensor/shape.ts";
import type { Node } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Element k of a row of the first operand lies at baseA + k·strideA, of a column of the second at baseB + k·strideB. */
export interface Lines {
  count: number;
  baseA: number;
  strideA: number;
  baseB: number;
  strideB: number;
  /** Column of the output; 0 where the second operand is a vector. */
  column: number;
}

/** NumPy's matmul, with broadcast batch axes and one-dimensional operands; `c` are the output's coordinates. */
export function productLines(a: Tensor, b: Tensor, c: readonly number[]): Lines {
  const [stridesA, stridesB] = [commitStrides(a.dims, a.perm), commitStrides(b.dims, b.perm)];
  const [rankA, rankB] = [a.dims.length, b.dims.length];
  let batch = c.length;
  const column = rankB > 1 ? c[--batch] : 0;
  const row = rankA > 1 ? c[--batch] : 0;
  return {
    count: a.dims[rankA - 1],
    baseA: (rankA > 1 ? row * stridesA[rankA - 2] : 0) + batchOffset(a, stridesA, c, batch),
    strideA: stridesA[rankA - 1],
    baseB: (rankB > 1 ? column * stridesB[rankB - 1] : 0) + batchOffset(b, stridesB, c, batch),
    strideB: stridesB[rankB > 1 ? rankB - 2 : 0],
    column,
  };
}

/** Batch axes are aligned from the right; an axis of length 1 is broadcast. */
function batchOffset(t: Tensor, strides: readonly number[], c: readonly number[], batch: number): number {
  let offset = 0;
  for (let j = 0; j < t.dims.length - 2; j++) {
    if (t.dims[j] !== 1) offset += c[batch + 2 + j - t.dims.length] * strides[j];
  }
  return offset;
}

/** Products of an element: the length of the first operand's last axis. */
export const productLength = (node: Node): number => node.inputs[0]!.dims[node.inputs[0]!.dims.length - 1];
