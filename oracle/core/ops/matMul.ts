import { unravel } from "../program/types.ts";
import { ONE, floatProductAdmissible } from "./floatProduct.ts";
import { productLines } from "./matrixProduct.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/MatMul.sol. */
export const admissible: OpTwin = (node, element, claimed, [a, b]) => {
  const l = productLines(a!.tensor, b!.tensor, unravel(element, node.output.dims));
  const x = Uint32Array.from({ length: l.count }, (_, k) => a!.u32(l.baseA + k * l.strideA));
  const w = Uint32Array.from({ length: l.count }, (_, k) => b!.u32(l.baseB + k * l.strideB));
  return floatProductAdmissible(node, { a: x, b: w, alpha: ONE, beta: ONE, c: 0, roundings: 1 }, claimed);
};
