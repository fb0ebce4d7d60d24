import { unravel } from "../tensor/shape.ts";
import { ONE, floatProductTwin } from "./floatProduct.ts";
import { productLength, productLines } from "./matrixProduct.ts";
import { input } from "./operands.ts";

/** Twin of contracts/ops/MatMul.sol. Positions are k. */
export const { admissible, reduction } = floatProductTwin({
  length: productLength,
  product(node, element, inputs, { from, until }) {
    const [a, b] = [input(inputs, 0), input(inputs, 1)];
    const l = productLines(a.tensor, b.tensor, unravel(element, node.output.dims));
    const k = { length: until - from };
    return {
      a: Uint32Array.from(k, (_, i) => a.u32(l.baseA + (from + i) * l.strideA)),
      b: Uint32Array.from(k, (_, i) => b.u32(l.baseB + (from + i) * l.strideB)),
      from,
      length: l.count,
      taps: 0,
      alpha: ONE,
      beta: ONE,
      c: 0,
      roundings: 1,
    };
  },
});
