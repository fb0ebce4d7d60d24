import { commitStrides, unravel } from "../tensor/shape.ts";
import { convolutionLength, convolutionTaps, fullestElement, kernelOffsets, kernelSize, rectangles } from "./convolution.ts";
import { ONE, floatProductTwin } from "./floatProduct.ts";
import { input } from "./operands.ts";

/** Twin of contracts/ops/Conv.sol. Positions run over the channels of the group, then over the kernel in row-major order. */
export const { admissible, reduction } = floatProductTwin({
  length: (node) => convolutionLength(node, 1),
  fullest: (node) => fullestElement(node, 1),
  product(node, element, inputs, { from, until }) {
    const [x, w, bias] = [input(inputs, 0), input(inputs, 1), inputs[2]];
    const c = unravel(element, node.output.dims);
    const size = kernelSize(node, 1);
    const strideX = commitStrides(x.tensor.dims, x.tensor.perm)[1];
    const strideW = commitStrides(w.tensor.dims, w.tensor.perm)[1];
    const [a, b] = [new Uint32Array(until - from), new Uint32Array(until - from)];
    let taps = 0;
    for (const { line, lines, first, count } of rectangles(from, until, size)) {
      const offsets = convolutionTaps(node, x.tensor, w.tensor, c, first, count);
      taps += count;
      const read = (channel: number, t: number): void => {
        const offset = offsets[t];
        if (offset !== undefined) a[channel * size + first + t - from] = x.u32(offset + channel * strideX);
      };
      // In the order of the contract, by which the places are counted that it has to look for.
      if (strideX === 1) for (let t = 0; t < count; t++) for (let channel = line; channel < line + lines; channel++) read(channel, t);
      else for (let channel = line; channel < line + lines; channel++) for (let t = 0; t < count; t++) read(channel, t);
    }
    const kernel = kernelOffsets(w.tensor, c[1]);
    for (let k = from; k < until; k++) b[k - from] = w.u32(kernel(k % size) + Math.floor(k / size) * strideW);
    return {
      a,
      b,
      from,
      length: convolutionLength(node, 1),
      taps,
      alpha: ONE,
      beta: ONE,
      c: from === 0 && bias !== undefined ? bias.u32(c[1]) : 0,
      roundings: 1,
    };
  },
});
