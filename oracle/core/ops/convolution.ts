import { commitStrides, sizeOf, type Node, type Tensor } from "../program/types.ts";

/**
 * Commit offsets in `x` of the first channel of the element's group under every tap of the kernel, taps in row-major
 * order; undefined where a tap falls into the padding. `c` are the coordinates of the output element.
 */
export function convolutionTaps(node: Node, x: Tensor, w: Tensor, c: readonly number[]): (number | undefined)[] {
  const rank = x.dims.length - 2;
  const { attributes } = node;
  if (attributes.length !== 1 + 5 * rank || w.dims.length !== rank + 2 || c.length !== rank + 2) {
    throw new RangeError(`${attributes.length} attributes for ${rank} spatial axes`);
  }
  const strides = commitStrides(x.dims, x.perm);
  const group = Math.floor((c[1] * attributes[0]) / w.dims[0]);
  let offsets: (number | undefined)[] = [c[0] * strides[0] + group * w.dims[1] * strides[1]];
  for (let axis = 0; axis < rank; axis++) {
    const [, stride, pad, , dilation] = [0, 1, 2, 3, 4].map((i) => attributes[1 + i * rank + axis]);
    const start = c[2 + axis] * stride - pad;
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: w.dims[2 + axis] }, (_, t) => {
        const at = start + t * dilation;
        return offset === undefined || at < 0 || at >= x.dims[2 + axis] ? undefined : offset + at * strides[2 + axis];
      }),
    );
  }
  return offsets;
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
