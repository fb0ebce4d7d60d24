import { commitStrides, sizeOf } from "../tensor/shape.ts";
import type { Node } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { alongAxis, fullestWindow, tapOffsets, type Window } from "../tensor/geometry.ts";
import { integer, rowAttributes, window } from "./attributes.ts";

/** Twin of contracts/ops/Convolution.sol. */

/** Attributes of Conv and QLinearConv. */
export const CONVOLUTION = rowAttributes({ group: integer, window });

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
  const { group: groups, window } = CONVOLUTION.of(node);
  if (window.kernel.length !== rank || w.dims.length !== rank + 2 || c.length !== rank + 2) {
    throw new RangeError(`${node.attributes.length} attributes for ${rank} spatial axes`);
  }
  const strides = commitStrides(x.dims, x.perm);
  const group = Math.floor((c[1] * groups) / w.dims[0]);
  const base = c[0] * strides[0] + group * w.dims[1] * strides[1];
  const map = { map: x.dims.slice(2), strides: strides.slice(2), base };
  return tapOffsets(kernelWindow(node, w), c.slice(2), map, first, count);
}

/** The window of a convolution, whose kernel is as large as its weights. */
const kernelWindow = (node: Node, w: Tensor): Window => ({ ...CONVOLUTION.of(node).window, kernel: w.dims.slice(2) });

/** An output element with as many taps inside the input as any has: the axes are independent of each other. */
export function fullestElement(node: Node, weights: number): number {
  const [x, w] = [node.inputs[0]!, node.inputs[weights]!];
  const window = kernelWindow(node, w);
  return node.output.dims.reduce((element, outputs, axis) => {
    const at = axis < 2 ? 0 : fullestWindow(alongAxis(window, axis - 2, x.dims[axis]), outputs).at;
    return element * outputs + at;
  }, 0);
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
