import { rowMajorStrides, sizeOf } from "./shape.ts";

/**
 * Elements of a tensor in another order: at the coordinates c within `dims` stands the element of row-major index
 * offset + Σ c[i] · strides[i]. Strides may be zero, where elements repeat, or negative.
 */
export interface View {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** One axis of a view. */
interface Axis {
  readonly dim: number;
  readonly stride: number;
}

const axesOf = ({ dims, strides }: View): Axis[] => dims.map((dim, i) => ({ dim, stride: strides[i] }));
const viewOf = (axes: readonly Axis[], offset: number): View => ({ dims: axes.map(({ dim }) => dim), strides: axes.map(({ stride }) => stride), offset });

/** All of a tensor, in its own order. */
export const viewAll = (dims: readonly number[]): View => ({ dims, strides: rowMajorStrides(dims), offset: 0 });

/** Axis i of the result is axis perm[i]. */
export const permuted = (view: View, perm: readonly number[]): View => viewOf(perm.map((axis) => axesOf(view)[axis]), view.offset);

/** Every axis as several, of sizes whose product is its own. */
export const factored = (view: View, factors: readonly (readonly number[])[]): View =>
  viewOf(axesOf(view).flatMap(({ stride }, i) => factors[i].map((dim, k) => ({ dim, stride: stride * sizeOf(factors[i].slice(k + 1)) }))), view.offset);

/** Of an axis `count` places from `start` on, `step` apart. */
export const sliced = (view: View, axis: number, start: number, step: number, count: number): View =>
  viewOf(
    axesOf(view).map((a, i) => (i === axis ? { dim: count, stride: a.stride * step } : a)),
    view.offset + start * view.strides[axis],
  );

/** Every element `times[i]` times along axis i: each one by itself, or all of them one after another. */
export const repeated = (view: View, times: readonly number[], order: "each" | "all"): View =>
  viewOf(
    axesOf(view).flatMap((axis, i) => {
      const copies = { dim: times[i], stride: 0 };
      return order === "each" ? [axis, copies] : [copies, axis];
    }),
    view.offset,
  );

/** As ONNX and NumPy broadcast to a shape: axes of size 1 repeat, and so does all along axes that are new in front. */
export function broadcastTo(view: View, dims: readonly number[]): View {
  const fresh = dims.length - view.dims.length;
  return viewOf(dims.map((dim, i) => (i < fresh || view.dims[i - fresh] === 1 ? { dim, stride: 0 } : { dim, stride: view.strides[i - fresh] })), view.offset);
}

/** The same order with as few axes as it takes: those of size 1 are left out, and neighbours that run on into each other are one. */
export function compact(view: View): View {
  const axes: Axis[] = [];
  for (const axis of axesOf(view).filter(({ dim }) => dim !== 1)) {
    const outer = axes.at(-1);
    if (outer !== undefined && outer.stride === axis.dim * axis.stride) axes[axes.length - 1] = { dim: outer.dim * axis.dim, stride: axis.stride };
    else axes.push(axis);
  }
  return viewOf(axes, view.offset);
}

/** Row-major index in the tensor of the element at a row-major index of the view. */
export function sourceOf({ dims, strides, offset }: View, element: number): number {
  let source = offset;
  let rest = element;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    source += (rest % dims[axis]) * strides[axis];
    rest = Math.floor(rest / dims[axis]);
  }
  if (rest !== 0) throw new RangeError(`element ${element} lies outside a view of ${sizeOf(dims)} elements`);
  return source;
}
