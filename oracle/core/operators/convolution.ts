import { commitStrides, sizeOf } from "../tensor/shape.ts";
import type { Node } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fullestWindow } from "../tensor/geometry.ts";

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
  const axes = Array.from({ length: rank }, (_, axis) => {
    const { stride, pad, dilation } = stepsOf(node, axis);
    return { kernel: w.dims[2 + axis], start: c[2 + axis] * stride - pad, dilation, dim: x.dims[2 + axis], stride: strides[2 + axis] };
  });
  return Array.from({ length: count }, (_, i) => {
    let offset = base;
    for (let axis = rank - 1, rest = first + i; axis >= 0; axis--) {
      const { kernel, start, dilation, dim, stride } = axes[axis];
      const at = start + (rest % kernel) * dilation;
      if (at < 0 || at >= dim) return undefined;
      offset += at * stride;
      rest = Math.floor(rest / kernel);
    }
    return offset;
  });
}

/** An output element with as many taps inside the input as any has: the axes are independent of each other. */
export function fullestElement(node: Node, weights: number): number {
  const [x, w] = [node.inputs[0]!, node.inputs[weights]!];
  return node.output.dims.reduce((element, outputs, axis) => {
    const at = axis < 2 ? 0 : fullestWindow({ kernel: w.dims[axis], dim: x.dims[axis], ...stepsOf(node, axis - 2) }, outputs).at;
    return element * outputs + at;
  }, 0);
}

/** Stride, padding and dilation along a spatial axis. */
function stepsOf({ attributes }: Node, axis: number): { stride: number; pad: number; dilation: number } {
  const rank = (attributes.length - 1) / 5;
  const [stride, pad, dilation] = [1, 2, 4].map((list) => attributes[1 + list * rank + axis]);
  return { stride, pad, dilation };
}

/** Commit offset in `w` of an output channel's weight for the first input channel, by the tap's number in row-major order. */
export function kernelOffsets(w: Tensor, filter: number): (tap: number) => number {
  const strides = commitStrides(w.dims, w.perm);
  return (tap) => {
    let offset = filter * strides[0];
    for (let axis = w.dims.length - 1, rest = tap; axis >= 2; axis--) {
      offset += (rest % w.dims[axis]) * strides[axis];
      rest = Math.floor(rest / w.dims[axis]);
    }
    return offset;
  };
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

