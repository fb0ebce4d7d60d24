import { same } from "../math/element.ts";
import { commitStrides, offsetOf, unravel } from "../tensor/shape.ts";
import { input } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/Reshape.sol. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  const data = input(x, 0);
  const { dims, perm } = data.tensor;
  return same(node.output.dtype, claimed, data.bits(offsetOf(unravel(element, dims), commitStrides(dims, perm))));
};
