import { rowMajorStrides, sizeOf, unravel } from "../../tensor/shape.ts";

/** Index in an operand of the element that goes into an output element, after broadcasting. */
export function broadcastPlace(dims: readonly number[], outputDims: readonly number[]): (element: number) => number {
  if (String(dims) === String(outputDims)) return (element) => element;
  const strides = rowMajorStrides(dims);
  const skipped = outputDims.length - dims.length;
  return (element) => unravel(element, outputDims).slice(skipped).reduce((sum, c, axis) => sum + (dims[axis] === 1 ? 0 : c * strides[axis]), 0);
}

/** The group of every element, numbered in row-major order of the axes that are kept. */
export function reduction(dims: readonly number[], axes: readonly number[]): { groups: Int32Array; count: number; size: number } {
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const place = broadcastPlace(kept, dims);
  const groups = Int32Array.from({ length: sizeOf(dims) }, (_, i) => place(i));
  return { groups, count: sizeOf(kept), size: sizeOf(dims) / sizeOf(kept) };
}
