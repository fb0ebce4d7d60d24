import { DTypeUnsupported } from "../math/element.ts";
import { DType, commitStrides, unravel } from "../program/types.ts";
import { convolutionTaps } from "./convolution.ts";
import { byteOf, integerProductAdmissible, requireBytes, zeroPoint } from "./integerProduct.ts";
import { input } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/QLinearConv.sol. */
export const admissible: OpTwin = (node, element, claimed, inputs) => {
  requireBytes(node, inputs);
  const [x, w, bias] = [input(inputs, 0), input(inputs, 3), inputs[8]];
  if (bias !== undefined && bias.tensor.dtype !== DType.int32) throw new DTypeUnsupported(bias.tensor.dtype);
  const c = unravel(element, node.output.dims);
  const taps = convolutionTaps(node, x.tensor, w.tensor, c);
  const { dims } = w.tensor;
  const strideX = commitStrides(x.tensor.dims, x.tensor.perm)[1];
  const stridesW = commitStrides(dims, w.tensor.perm);
  const [zeroX, zeroW] = [zeroPoint(input(inputs, 2), 0), zeroPoint(input(inputs, 5), c[1])];
  let kernel = [c[1] * stridesW[0]];
  for (let axis = 2; axis < dims.length; axis++)
    kernel = kernel.flatMap((at) => Array.from({ length: dims[axis] }, (_, t) => at + t * stridesW[axis]));
  let total = bias === undefined ? 0 : bias.u32(c[1]) | 0;
  taps.forEach((tap, t) => {
    for (let channel = 0; channel < dims[1]; channel++) {
      // The contract copies the weights under padded taps as well, though their products are zero.
      const weight = byteOf(w, kernel[t] + channel * stridesW[1]) - zeroW;
      if (tap !== undefined) total += (byteOf(x, tap + channel * strideX) - zeroX) * weight;
    }
  });
  return integerProductAdmissible(node, inputs, total, c[1], claimed);
};
