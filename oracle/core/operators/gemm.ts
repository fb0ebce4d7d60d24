import { commitStrides, unravel } from "../tensor/shape.ts";
import type { Node } from "../program/types.ts";
import { floatProductTwin } from "./floatProduct.ts";
import { input } from "./operands.ts";

/** The axis of A that k runs over, and the one of B. */
const axes = ({ attributes: [transA, transB] }: Node): [number, number] => [transA === 0 ? 1 : 0, transB === 0 ? 0 : 1];

/** Twin of contracts/ops/Gemm.sol. Positions are k. */
export const { admissible, reduction } = floatProductTwin({
  length: (node) => node.inputs[0]!.dims[axes(node)[0]],
  product(node, element, inputs, { from, until }) {
    const [a, b, bias] = [input(inputs, 0), input(inputs, 1), inputs[2]];
    const c = unravel(element, node.output.dims);
    const [, , alpha, beta] = node.attributes;
    const [axisA, axisB] = axes(node);
    const stridesA = commitStrides(a.tensor.dims, a.tensor.perm);
    const stridesB = commitStrides(b.tensor.dims, b.tensor.perm);
    const [baseA, baseB] = [c[0] * stridesA[1 - axisA], c[1] * stridesB[1 - axisB]];
    const k = { length: until - from };
    let addend = 0;
    if (from === 0 && bias !== undefined && (beta & 0x7fffffff) !== 0) {
      const { dims, perm } = bias.tensor;
      const strides = commitStrides(dims, perm);
      addend = bias.u32(dims.reduce((sum, dim, j) => sum + (dim === 1 ? 0 : c[2 - dims.length + j] * strides[j]), 0));
    }
    return {
      a: Uint32Array.from(k, (_, i) => a.u32(baseA + (from + i) * stridesA[axisA])),
      b: Uint32Array.from(k, (_, i) => b.u32(baseB + (from + i) * stridesB[axisB])),
      from,
      length: a.tensor.dims[axisA],
      taps: 0,
      alpha: alpha >>> 0,
      beta: beta >>> 0,
      c: addend,
      roundings: 3,
    };
  },
});
