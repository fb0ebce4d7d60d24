import type { Mapped } from "../reading/mapped.ts";
import type { ValuedNode } from "../valuedNode.ts";
import { floatOf } from "../../math/float32.ts";
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

/** The axes that a row of a Softmax runs over. */
export const softmaxAxes = ({ attributes: [start, end] }: Mapped): number[] => Array.from({ length: end - start }, (_, i) => start + i);

/** The channel of every element. */
export const channels = ({ outputDims }: ValuedNode) => (element: number): number =>
  Math.floor(element / sizeOf(outputDims.slice(2))) % outputDims[1];

/** What a BatchNormalization does to each channel. */
export interface Normalisation {
  readonly scale: Float64Array;
  readonly bias: Float32Array;
  readonly mean: Float32Array;
  /** The variance and epsilon. */
  readonly spread: Float64Array;
}

export function normalisation({ mapped, inputs }: ValuedNode): Normalisation {
  const [, gain, bias, mean, variance] = inputs as Float32Array[];
  const epsilon = floatOf(mapped.attributes[0]);
  const spread = Float64Array.from(variance, (v) => v + epsilon);
  return { scale: Float64Array.from(gain, (g, i) => g / Math.sqrt(spread[i])), bias, mean, spread };
}
