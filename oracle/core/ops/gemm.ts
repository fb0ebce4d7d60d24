import { commitStrides, unravel } from "../program/types.ts";
import { floatProductAdmissible } from "./floatProduct.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/Gemm.sol. */
export const admissible: OpTwin = (node, element, claimed, [a, b, bias]) => {
  const c = unravel(element, node.output.dims);
  const [transA, transB, alpha, beta] = node.attributes;
  // The axis of A that k runs over, and the one of B.
  const [axisA, axisB] = [transA === 0 ? 1 : 0, transB === 0 ? 0 : 1];
  const stridesA = commitStrides(a!.tensor.dims, a!.tensor.perm);
  const stridesB = commitStrides(b!.tensor.dims, b!.tensor.perm);
  const count = a!.tensor.dims[axisA];
  const x = Uint32Array.from({ length: count }, (_, k) => a!.u32(c[0] * stridesA[1 - axisA] + k * stridesA[axisA]));
  const w = Uint32Array.from({ length: count }, (_, k) => b!.u32(c[1] * stridesB[1 - axisB] + k * stridesB[axisB]));
  let addend = 0;
  if (bias !== undefined && (beta & 0x7fffffff) !== 0) {
    const { dims, perm } = bias.tensor;
    const strides = commitStrides(dims, perm);
    addend = bias.u32(dims.reduce((sum, dim, j) => sum + (dim === 1 ? 0 : c[2 - dims.length + j] * strides[j]), 0));
  }
  const dot = { a: x, b: w, alpha: alpha >>> 0, beta: beta >>> 0, c: addend, roundings: 3 };
  return floatProductAdmissible(node, dot, claimed);
};
