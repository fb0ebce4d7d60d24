import { same } from "../math/element.ts";
import { commitStrides, unravel } from "../tensor/shape.ts";
import { input } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/Transpose.sol. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  const data = input(x, 0);
  const strides = commitStrides(data.tensor.dims, data.tensor.perm);
  const coords = unravel(element, node.output.dims);
  const offset = coords.reduce((sum, c, a) => sum + c * strides[node.attributes[a]], 0);
  return same(node.output.dtype, claimed, data.bits(offset));
};
