import { unravel } from "../tensor/shape.ts";
import { byteOf, integerProductTwin, zeroPoint } from "./integerProduct.ts";
import { productLength, productLines } from "./matrixProduct.ts";
import { input } from "./operands.ts";

/** Twin of contracts/ops/QLinearMatMul.sol. Positions are k. */
export const { admissible, reduction } = integerProductTwin({
  length: productLength,
  sum(node, element, inputs, { from, until }) {
    const [a, b] = [input(inputs, 0), input(inputs, 3)];
    const l = productLines(a.tensor, b.tensor, unravel(element, node.output.dims));
    const [zeroA, zeroB] = [zeroPoint(input(inputs, 2), 0), zeroPoint(input(inputs, 5), l.column)];
    let total = 0;
    for (let k = from; k < until; k++)
      total += (byteOf(a, l.baseA + k * l.strideA) - zeroA) * (byteOf(b, l.baseB + k * l.strideB) - zeroB);
    return { total, channel: l.column, taps: 0 };
  },
});
