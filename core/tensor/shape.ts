import { widthOf, type DType } from "./dtype.ts";

/** Number of elements; 1 for a scalar. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);

/** Bytes of a tensor's data before padding. */
export const byteLength = (t: { dtype: DType; dims: readonly number[] }): number => sizeOf(t.dims) * widthOf(t.dtype);

/** Row-major strides, in elements. */
export const rowMajorStrides = (dims: readonly number[]): number[] => commitStrides(dims, dims.map((_, a) => a));

/** Commit stride of every axis, in elements (docs/protocol.md §1.2). */
export function commitStrides(dims: readonly number[], perm: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  let size = 1;
  for (let i = perm.length - 1; i >= 0; i--) {
    strides[perm[i]] = size;
    size *= dims[perm[i]];
  }
  return strides;
}

/** Coordinates of a row-major index. */
export function unravel(element: number, dims: readonly number[]): number[] {
  const c = new Array<number>(dims.length).fill(0);
  let rest = element;
  for (let a = dims.length - 1; a >= 0; a--) {
    c[a] = rest % dims[a];
    rest = Math.floor(rest / dims[a]);
  }
  if (rest !== 0 || element < 0) throw new RangeError(`element ${element} lies outside a tensor of shape [${dims}]`);
  return c;
}

/** Sum of coordinates × strides. */
export const offsetOf = (c: readonly number[], strides: readonly number[]): number =>
  c.reduce((sum, x, a) => sum + x * strides[a], 0);

/**
 * Commit offset of the element at a row-major index: the sum of its coordinates × commitStrides.
 * Rationale: without lists, for whole traces are read element by element.
 */
export function commitOffset({ dims, perm }: { readonly dims: readonly number[]; readonly perm: readonly number[] }, element: number): number {
  let offset = 0;
  let stride = 1;
  for (let i = perm.length - 1; i >= 0; i--) {
    const axis = perm[i];
    let inner = 1;
    for (let a = axis + 1; a < dims.length; a++) inner *= dims[a];
    offset += (Math.floor(element / inner) % dims[axis]) * stride;
    stride *= dims[axis];
  }
  if (element < 0 || element >= stride) throw new RangeError(`element ${element} lies outside a tensor of shape [${dims}]`);
  return offset;
}
