import { DTypeUnsupported } from "../math/element.ts";
import { DType, commitStrides, unravel } from "../program/types.ts";
import { convolutionChannels, convolutionTaps, kernelOffsets, kernelSize } from "./convolution.ts";
import { byteOf, integerProductTwin, zeroPoint } from "./integerProduct.ts";
import { input } from "./operands.ts";

/** Twin of contracts/ops/QLinearConv.sol. Positions are input channels of the group. */
export const { admissible, reduction } = integerProductTwin({
  length: (node) => convolutionChannels(node, 3),
  products: (node) => kernelSize(node, 3),
  sum(node, element, inputs, { from, until }) {
    const [x, w, bias] = [input(inputs, 0), input(inputs, 3), inputs[8]];
    const c = unravel(element, node.output.dims);
    const taps = convolutionTaps(node, x.tensor, w.tensor, c);
    const kernel = kernelOffsets(w.tensor, c[1]);
    const strideX = commitStrides(x.tensor.dims, x.tensor.perm)[1];
    const strideW = commitStrides(w.tensor.dims, w.tensor.perm)[1];
    const [zeroX, zeroW] = [zeroPoint(input(inputs, 2), 0), zeroPoint(input(inputs, 5), c[1])];
    let total = 0;
    if (from === 0 && bias !== undefined) {
      if (bias.tensor.dtype !== DType.int32) throw new DTypeUnsupported(bias.tensor.dtype);
      total = bias.u32(c[1]) | 0;
    }
    taps.forEach((tap, t) => {
      for (let channel = from; channel < until; channel++) {
        // The contract copies the weights under padded taps as well, though their products are zero.
        const weight = byteOf(w, kernel[t] + channel * strideW) - zeroW;
        if (tap !== undefined) total += (byteOf(x, tap + channel * strideX) - zeroX) * weight;
      }
    });
    return { total, channel: c[1] };
  },
});
