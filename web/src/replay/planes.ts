import { commitOffset, rowMajorStrides } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import type { DType } from "../../../core/tensor/dtype.ts";
import { coordinatesOf, type Read } from "./reads.ts";

/** A part of a tensor's last two axes, as a grid. */
export interface Plane {
  /** Coordinates on the axes before. */
  readonly at: readonly number[];
  /** The grid's first row and column within the tensor. */
  readonly top: number;
  readonly left: number;
  readonly columns: number;
  /** Row by row; undefined where a value is not known. */
  readonly bits: readonly (bigint | undefined)[];
  /** Whether the element reads it. */
  readonly isRead: readonly boolean[];
}

/** An input of the element, and what it reads of it. */
export interface InputShown {
  /** Place among the inputs of the row. */
  readonly input: number;
  /** What the operator calls it, such as X. */
  readonly role: string;
  /** Number in the trace; of a constant none. */
  readonly tensor: number | undefined;
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** Elements that are read, those read several times counted once. */
  readonly reads: number;
  readonly planes: readonly Plane[];
  /** Planes in all. */
  readonly count: number;
}

/** Rows and columns of a grid at most, numbers of one that is a single row or column, and grids of a tensor. */
const MOST_ACROSS = 28;
const LONGEST_LIST = 256;
const MOST_PLANES = 16;

/**
 * An input's grids around what is read of it: the whole plane where it is small, else the part with the reads.
 * @param valueOf bits by commit offset; undefined where nobody knows them
 */
export function planesOf(input: number, role: string, tensor: Tensor, reads: readonly Read[], valueOf: (offset: number) => bigint | undefined): InputShown {
  const groups = new Map<string, Set<number>>();
  const seen = new Set<number>();
  for (const { offset } of reads) {
    if (seen.has(offset)) continue;
    seen.add(offset);
    const coordinates = coordinatesOf(tensor, offset);
    const key = coordinates.slice(0, -2).join();
    groups.set(key, (groups.get(key) ?? new Set()).add(offset));
  }
  const planes = [...groups.values()].slice(0, MOST_PLANES).map((offsets) => planeOf(tensor, offsets, valueOf));
  const { dtype, dims, source } = tensor;
  return { input, role, tensor: source.kind === "computed" ? source.id : undefined, dtype, dims, reads: seen.size, planes, count: groups.size };
}

function planeOf(tensor: Tensor, offsets: ReadonlySet<number>, valueOf: (offset: number) => bigint | undefined): Plane {
  const { dims } = tensor;
  const read = [...offsets].map((offset) => coordinatesOf(tensor, offset));
  const [before, rank] = [read[0].slice(0, -2), dims.length];
  const spanOf = (axis: number, most: number): Span => (axis < 0 ? { first: 0, count: 1 } : span(dims[axis], read.map((c) => c[axis]), most));
  const beside = spanOf(rank - 1, MOST_ACROSS);
  const rows = spanOf(rank - 2, beside.count === 1 ? LONGEST_LIST : MOST_ACROSS);
  const columns = rows.count === 1 ? spanOf(rank - 1, LONGEST_LIST) : beside;
  const strides = rowMajorStrides(dims);
  const bits: (bigint | undefined)[] = [];
  const isRead: boolean[] = [];
  for (let row = rows.first; row < rows.first + rows.count; row++)
    for (let column = columns.first; column < columns.first + columns.count; column++) {
      // A list has no rows, and a single number no columns.
      const at = [...before, row, column].slice(Math.max(0, 2 - rank));
      const element = at.reduce((sum, c, axis) => sum + c * strides[axis], 0);
      const offset = commitOffset(tensor, element);
      bits.push(valueOf(offset));
      isRead.push(offsets.has(offset));
    }
  return { at: before, top: rows.first, left: columns.first, columns: columns.count, bits, isRead };
}

interface Span {
  readonly first: number;
  readonly count: number;
}

/** The whole axis where it is short; else as much of it as there is room for, from the first read on. */
function span(dim: number, read: readonly number[], most: number): Span {
  if (dim <= most) return { first: 0, count: dim };
  const [first, last] = read.reduce(([least, greatest], at) => [Math.min(least, at), Math.max(greatest, at)], [Infinity, 0]);
  return { first, count: Math.min(most, last - first + 1) };
}

/** The numbers that the element reads, as far as the grids have them. */
export function readsIn({ dims, planes }: InputShown): { readonly coordinates: readonly number[]; readonly bits: bigint }[] {
  return planes.flatMap(({ at, top, left, columns, bits, isRead }) =>
    bits.flatMap((value, i) => {
      if (!isRead[i] || value === undefined) return [];
      const place = [...at, top + Math.floor(i / columns), left + (i % columns)];
      // A list has no rows, and a single number no columns.
      return [{ coordinates: place.slice(Math.max(0, 2 - dims.length)), bits: value }];
    }),
  );
}
