import type { TensorSpec } from "../../../../core/tensor/tensor.ts";
import { sizeOf, unravel } from "../../../../core/tensor/shape.ts";
import { widthOf } from "../../../../core/tensor/dtype.ts";
import { numberAt } from "../../../../core/tensor/numbers.ts";
import { valuesOf } from "../../../../core/tensor/values.ts";

/** A tensor of a job with its row-major bytes. */
export interface TensorBytes {
  readonly spec: TensorSpec;
  readonly bytes: Uint8Array;
}

/** Numbers that a row of a table has at most. */
const WIDEST = 16;

/** Rows that a table has at most. */
export const MOST_ROWS = 200;

/** A part of a tensor as rows of a table. */
export interface Rows {
  /** Numbers in a row; the last one may have fewer. */
  readonly width: number;
  readonly rows: readonly { readonly place: string; readonly values: readonly string[] }[];
  /** Numbers that are not shown. */
  readonly rest: number;
}

/** The bytes of an input or an output, cut into its tensors; undefined where they are not as many as the specs say. */
export function tensorsIn(specs: readonly TensorSpec[], bytes: Uint8Array): TensorBytes[] | undefined {
  let at = 0;
  const parts = specs.map((spec) => ({ spec, bytes: bytes.subarray(at, (at += sizeOf(spec.dims) * widthOf(spec.dtype))) }));
  return at === bytes.length ? parts : undefined;
}

/** Numbers of a tensor from a place on, exactly. */
function numbers({ spec, bytes }: TensorBytes, from: number, count: number): readonly string[] {
  const width = widthOf(spec.dtype);
  return valuesOf([{ ...spec, dims: [count] }], bytes.subarray(from * width, (from + count) * width))![0].values;
}

/** The first rows of a tensor: one along the last axis if that is short, else sixteen numbers each. */
export function rowsOf(tensor: TensorBytes, most = MOST_ROWS): Rows {
  const { dims } = tensor.spec;
  const size = sizeOf(dims);
  const last = dims.at(-1) ?? 1;
  const width = last > 1 && last <= WIDEST ? last : Math.min(WIDEST, Math.max(size, 1));
  const shown = Math.min(size, width * most);
  const rows = Array.from({ length: Math.ceil(shown / width) }, (_, row) => {
    const from = row * width;
    return { place: placeOf(from, dims), values: numbers(tensor, from, Math.min(width, shown - from)) };
  });
  return { width, rows, rest: size - shown };
}

/** Coordinates of an element, as [0, 3, 0]. */
export const placeOf = (element: number, dims: readonly number[]): string => `[${unravel(element, dims).join(", ")}]`;

/** Classes that are listed at most, and that a tensor may have. */
const MOST_LISTED = 100;
const MOST_CLASSES = 100_000;

export interface Score {
  readonly label: string;
  readonly value: string;
  readonly isGreatest: boolean;
  /** Where a bar begins and how long it is, as parts of the range of all scores and zero. */
  readonly from: number;
  readonly length: number;
}

/**
 * Numbers of which the greatest says something, as scores of classes do: two or more along one axis. Of more than a hundred, which have to
 * have labels, the greatest hundred, the greatest first. Undefined for another tensor, or where a number is none.
 */
export function scoresOf(tensor: TensorBytes, labels?: readonly string[]): Score[] | undefined {
  const { dtype, dims } = tensor.spec;
  const size = sizeOf(dims);
  if (size < 2 || size > (labels === undefined ? MOST_LISTED : MOST_CLASSES) || Math.max(...dims) !== size) return undefined;
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
  const values = Array.from({ length: size }, (_, i) => numberAt(view, i * widthOf(dtype), dtype));
  if (!values.every(Number.isFinite)) return undefined;
  const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [0, 0]);
  const range = high - low || 1;
  const texts = numbers(tensor, 0, size);
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
  const listed = size <= MOST_LISTED ? values.keys() : order.slice(0, MOST_LISTED);
  return Array.from(listed, (i) => ({
    label: labels?.[i] ?? String(i),
    value: texts[i],
    isGreatest: i === order[0],
    from: (Math.min(0, values[i]) - low) / range,
    length: Math.abs(values[i]) / range,
  }));
}
