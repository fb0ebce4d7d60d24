import { commitStrides, unravel } from "../program/types.ts";
import { convolutionTaps } from "./convolution.ts";
import { ONE, floatProductAdmissible } from "./floatProduct.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/Conv.sol. */
export const admissible: OpTwin = (node, element, claimed, [x, w, bias]) => {
  const c = unravel(element, node.output.dims);
  const taps = convolutionTaps(node, x!.tensor, w!.tensor, c);
  const channels = w!.tensor.dims[1];
  const strideX = commitStrides(x!.tensor.dims, x!.tensor.perm)[1];
  const stridesW = commitStrides(w!.tensor.dims, w!.tensor.perm);
  const count = channels * taps.length;
  const [a, b] = [new Uint32Array(count), new Uint32Array(count)];
  // Commit offsets of the kernel's taps in W, in row-major order.
  let kernel = [c[1] * stridesW[0]];
  for (let axis = 2; axis < w!.tensor.dims.length; axis++)
    kernel = kernel.flatMap((at) => Array.from({ length: w!.tensor.dims[axis] }, (_, t) => at + t * stridesW[axis]));
  for (let channel = 0, k = 0; channel < channels; channel++)
    for (let t = 0; t < taps.length; t++, k++) {
      const tap = taps[t];
      a[k] = tap === undefined ? 0 : x!.u32(tap + channel * strideX);
      b[k] = w!.u32(kernel[t] + channel * stridesW[1]);
    }
  const addend = bias === undefined ? 0 : bias.u32(c[1]);
  return floatProductAdmissible(node, { a, b, alpha: ONE, beta: ONE, c: addend, roundings: 1 }, claimed);
};
