import type { DType } from "./dtype.ts";

/**
 * Where a tensor's value comes from: `id` is the place in the trace, `root` the tensor root of a constant, and `inline` the
 * bytes, in commit order, of a constant that stands in the row.
 */
export type Source = { kind: "computed"; id: number } | { kind: "constant"; root: string; inline?: Uint8Array };

/** Bytes of the largest constant that stands in a row: one no larger always does. */
export const MAX_INLINE = 64;

/** A tensor as a node refers to it. `perm` lists the axes in commit order, outermost first. */
export interface Tensor {
  dtype: DType;
  dims: readonly number[];
  perm: readonly number[];
  source: Source;
}

/** Whether the tensor is a constant that stands in the row: nothing of it is opened. */
export const isInline = ({ source }: Tensor): boolean => source.kind === "constant" && source.inline !== undefined;

/** An input or output of a model: its name, element type and shape. */
export interface TensorSpec {
  name: string;
  dtype: DType;
  dims: readonly number[];
}
