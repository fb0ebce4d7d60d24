import { commitStrides, unravel } from "../program/types.ts";
import { convolutionChannels, convolutionTaps, kernelOffsets, kernelSize } from "./convolution.ts";
import { ONE, floatProductTwin } from "./floatProduct.ts";
import { input } from "./operands.ts";

/** Twin of contracts/ops/Conv.sol. Positions are input channels of the group. */
export const { admissible, reduction } = floatProductTwin({
  length: (node) => convolutionChannels(node, 1),
  products: (node) => kernelSize(node, 1),
  product(node, element, inputs, { from, until }) {
    const [x, w, bias] = [input(inputs, 0), input(inputs, 1), inputs[2]];
    const c = unravel(element, node.output.dims);
    const taps = convolutionTaps(node, x.tensor, w.tensor, c);
    const kernel = kernelOffsets(w.tensor, c[1]);
    const strideX = commitStrides(x.tensor.dims, x.tensor.perm)[1];
    const strideW = commitStrides(w.tensor.dims, w.tensor.perm)[1];
    const count = (until - from) * taps.length;
    const [a, b] = [new Uint32Array(count), new Uint32Array(count)];
    for (let channel = from, k = 0; channel < until; channel++)
      for (let t = 0; t < taps.length; t++, k++) {
        const tap = taps[t];
        a[k] = tap === undefined ? 0 : x.u32(tap + channel * strideX);
        b[k] = w.u32(kernel[t] + channel * strideW);
      }
    return {
      a,
      b,
      from: from * taps.length,
      length: w.tensor.dims[1] * taps.length,
      alpha: ONE,
      beta: ONE,
      c: from === 0 && bias !== undefined ? bias.u32(c[1]) : 0,
      roundings: 1,
    };
  },
});
