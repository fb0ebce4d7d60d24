import { commitStrides } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Twin of contracts/math/Broadcast.sol: the commit offset of the operand's element that stands at these coordinates of
 * the output.
 */
export function broadcastOffset(coords: readonly number[], operand: Tensor): number {
  const { dims } = operand;
  const strides = commitStrides(dims, operand.perm);
  const missing = coords.length - dims.length;
  if (missing < 0) throw new RangeError(`an operand of ${dims.length} axes is not broadcast to ${coords.length}`);
  return dims.reduce((sum, d, a) => (d === 1 ? sum : sum + coords[missing + a] * strides[a]), 0);
}
