import { commitStrides, sizeOf, type Node, type Tensor } from "../program/types.ts";

/** Twin of contracts/ops/Convolution.sol. */

/** Positions line · size + place: `count` places from `first` on, of `lines` lines. */
export interface Rectangle {
  readonly line: number;
  readonly lines: number;
  readonly first: number;
  readonly count: number;
}

/** The rectangles that the positions from `from` to before `until` consist of: the rest of a line, lines, and the start of one. */
export function* rectangles(from: number, until: number, size: number): Generator<Rectangle> {
  for (let at = from; at < until; ) {
    const [line, first] = [Math.floor(at / size), at % size];
    const left = until - at;
    const whole = first === 0 && left >= size;
    const rectangle = whole ? { line, lines: Math.floor(left / size), first, count: size } : { line, lines: 1, first, count: Math.min(size - first, left) };
    yield rectangle;
    at += rectangle.lines * rectangle.count;
  }
}

/**
 * Commit offsets in `x` of the first channel of the element's group under `count` taps of the kernel from `first` on, taps
 * in row-major order; undefined where a tap falls into the padding. `c` are the coordinates of the output element.
 */
export function convolutionTaps(node: Node, x: Tensor, w: Tensor, c: readonly number[], first: number, count: number): (number | undefined)[] {
  const rank = x.dims.length - 2;
  const { attributes } = node;
  if (attributes.length !== 1 + 5 * rank || w.dims.length !== rank + 2 || c.length !== rank + 2) {
    throw new RangeError(`${attributes.length} attributes for ${rank} spatial axes`);
  }
  const strides = commitStrides(x.dims, x.perm);
  const group = Math.floor((c[1] * attributes[0]) / w.dims[0]);
  const base = c[0] * strides[0] + group * w.dims[1] * strides[1];
  const places = Array.from({ length: rank }, (_, axis) => tapPlaces(node, x, w, c[2 + axis], axis).map((at) => at && at * strides[2 + axis]));
  const kernel = w.dims.slice(2);
  return Array.from({ length: count }, (_, i) => {
    let offset: number | undefined = base;
    for (let axis = rank - 1, rest = first + i; axis >= 0; rest = Math.floor(rest / kernel[axis]), axis--) {
      const place = places[axis][rest % kernel[axis]];
      offset = place === undefined || offset === undefined ? undefined : offset + place;
    }
    return offset;
  });
}

/** Where the taps along a spatial axis lie, for an output coordinate on it; undefined in the padding. */
function tapPlaces({ attributes }: Node, x: Tensor, w: Tensor, coordinate: number, axis: number): (number | undefined)[] {
  const rank = x.dims.length - 2;
  const [, stride, pad, , dilation] = [0, 1, 2, 3, 4].map((i) => attributes[1 + i * rank + axis]);
  return Array.from({ length: w.dims[2 + axis] }, (_, t) => {
    const at = coordinate * stride - pad + t * dilation;
    return at < 0 || at >= x.dims[2 + axis] ? undefined : at;
  });
}

/** An output element with as many taps inside the input as any has: the axes are independent of each other. */
export function fullestElement(node: Node, weights: number): number {
  const [x, w] = [node.inputs[0]!, node.inputs[weights]!];
  const { dims } = node.output;
  return dims.reduce((element, dim, axis) => {
    let [best, most] = [0, -1];
    for (let at = 0; axis >= 2 && at < dim && most < w.dims[axis]; at++) {
      const inside = tapPlaces(node, x, w, at, axis - 2).filter((place) => place !== undefined).length;
      if (inside > most) [best, most] = [at, inside];
    }
    return element * dim + best;
  }, 0);
}

/** Commit offsets in `w` of an output channel's weights for the first input channel, in row-major order. */
export function kernelOffsets(w: Tensor, filter: number): number[] {
  const strides = commitStrides(w.dims, w.perm);
  let offsets = [filter * strides[0]];
  for (let axis = 2; axis < w.dims.length; axis++)
    offsets = offsets.flatMap((at) => Array.from({ length: w.dims[axis] }, (_, t) => at + t * strides[axis]));
  return offsets;
}

/** Dimensions of the weights, input `i` of the row. */
function weightDims(node: Node, i: number): readonly number[] {
  const w = node.inputs[i];
  if (w === undefined) throw new RangeError(`input ${i} is absent`);
  return w.dims;
}

/** Input channels of a group. */
export const convolutionChannels = (node: Node, weights: number): number => weightDims(node, weights)[1];

/** Taps of the kernel. */
export const kernelSize = (node: Node, weights: number): number => sizeOf(weightDims(node, weights).slice(2));

/** Products of an element, of which each is a position. */
export const convolutionLength = (node: Node, weights: number): number => sizeOf(weightDims(node, weights).slice(1));

