import { unravel } from "../program/types.ts";
import { byteOf, integerProductAdmissible, requireBytes, zeroPoint } from "./integerProduct.ts";
import { productLines } from "./matrixProduct.ts";
import { input } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/QLinearMatMul.sol. */
export const admissible: OpTwin = (node, element, claimed, inputs) => {
  requireBytes(node, inputs);
  const [a, b] = [input(inputs, 0), input(inputs, 3)];
  const l = productLines(a.tensor, b.tensor, unravel(element, node.output.dims));
  const [zeroA, zeroB] = [zeroPoint(input(inputs, 2), 0), zeroPoint(input(inputs, 5), l.column)];
  let total = 0;
  for (let k = 0; k < l.count; k++)
    total += (byteOf(a, l.baseA + k * l.strideA) - zeroA) * (byteOf(b, l.baseB + k * l.strideB) - zeroB);
  return integerProductAdmissible(node, inputs, total, l.column, claimed);
};
