import { commitStrides, unravel } from "../program/types.ts";
import { convolutionTaps } from "./convolution.ts";
import { byteOf, integerProductAdmissible, zeroPoint } from "./integerProduct.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/QLinearConv.sol. */
export const admissible: OpTwin = (node, element, claimed, inputs) => {
  const [x, , zeroX, w, , zeroW, , , bias] = inputs;
  const c = unravel(element, node.output.dims);
  const taps = convolutionTaps(node, x!.tensor, w!.tensor, c);
  const { dims } = w!.tensor;
  const strideX = commitStrides(x!.tensor.dims, x!.tensor.perm)[1];
  const stridesW = commitStrides(dims, w!.tensor.perm);
  const [zx, zw] = [zeroPoint(zeroX, 0), zeroPoint(zeroW, c[1])];
  let kernel = [c[1] * stridesW[0]];
  for (let axis = 2; axis < dims.length; axis++)
    kernel = kernel.flatMap((at) => Array.from({ length: dims[axis] }, (_, t) => at + t * stridesW[axis]));
  let sum = bias === undefined ? 0 : bias.u32(c[1]) | 0;
  taps.forEach((tap, t) => {
    for (let channel = 0; channel < dims[1]; channel++) {
      // The contract copies the weights under padded taps as well, though their products are zero.
      const weight = byteOf(w!, kernel[t] + channel * stridesW[1]) - zw;
      if (tap !== undefined) sum += (byteOf(x!, tap + channel * strideX) - zx) * weight;
    }
  });
  return integerProductAdmissible(node, inputs, c[1], sum, claimed);
};
