import { unravel } from "../program/types.ts";
import { byteOf, integerProductAdmissible, zeroPoint } from "./integerProduct.ts";
import { productLines } from "./matrixProduct.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/QLinearMatMul.sol. */
export const admissible: OpTwin = (node, element, claimed, inputs) => {
  const [a, , zeroA, b, , zeroB] = inputs;
  const l = productLines(a!.tensor, b!.tensor, unravel(element, node.output.dims));
  const [za, zb] = [zeroPoint(zeroA, 0), zeroPoint(zeroB, l.column)];
  let sum = 0;
  for (let k = 0; k < l.count; k++)
    sum += (byteOf(a!, l.baseA + k * l.strideA) - za) * (byteOf(b!, l.baseB + k * l.strideB) - zb);
  return integerProductAdmissible(node, inputs, l.column, sum, claimed);
};
