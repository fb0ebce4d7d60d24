import { DTypeUnsupported } from "../math/element.ts";
import { DType } from "../tensor/dtype.ts";
import { commitStrides, unravel } from "../tensor/shape.ts";
import { convolutionChannels, convolutionLength, convolutionTaps, fullestElement, kernelOffsets, rectangles } from "./convolution.ts";
import { byteOf, integerProductTwin, zeroPoint } from "./integerProduct.ts";
import { input } from "./operands.ts";

/**
 * Twin of contracts/ops/QLinearConv.sol. Positions run over the kernel in row-major order, then over the channels of the
 * group: any order gives the same sum, and in this one the channels of a tap, which lie together, are read together.
 */
export const { admissible, reduction } = integerProductTwin({
  length: (node) => convolutionLength(node, 3),
  fullest: (node) => fullestElement(node, 3),
  sum(node, element, inputs, { from, until }) {
    const [x, w, bias] = [input(inputs, 0), input(inputs, 3), inputs[8]];
    const c = unravel(element, node.output.dims);
    const channels = convolutionChannels(node, 3);
    const kernel = kernelOffsets(w.tensor, c[1]);
    const strideX = commitStrides(x.tensor.dims, x.tensor.perm)[1];
    const strideW = commitStrides(w.tensor.dims, w.tensor.perm)[1];
    const [zeroX, zeroW] = [zeroPoint(input(inputs, 2), 0), zeroPoint(input(inputs, 5), c[1])];
    let total = 0;
    let taps = 0;
    if (from === 0 && bias !== undefined) {
      if (bias.tensor.dtype !== DType.int32) throw new DTypeUnsupported(bias.tensor.dtype);
      total = bias.u32(c[1]) | 0;
    }
    for (const { line, lines, first, count } of rectangles(from, until, channels)) {
      taps += lines;
      convolutionTaps(node, x.tensor, w.tensor, c, line, lines).forEach((offset, t) => {
        const weights = kernel(line + t);
        for (let channel = first; channel < first + count; channel++) {
          // The contract copies the weights under padded taps as well, though their products are zero.
          const weight = byteOf(w, weights + channel * strideW) - zeroW;
          if (offset !== undefined) total += (byteOf(x, offset + channel * strideX) - zeroX) * weight;
        }
      });
    }
    return { total, channel: c[1], taps };
  },
});
