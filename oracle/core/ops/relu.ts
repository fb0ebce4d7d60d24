import { DTypeUnsupported, isInteger, toInt } from "../math/element.ts";
import { floatOf, sameFloatBits } from "../math/float32.ts";
import { commitStrides, DType, offsetOf, unravel } from "../program/types.ts";
import { input } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/Relu.sol. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  const { dtype } = node.output;
  const data = input(x, 0);
  const { dims, perm } = data.tensor;
  const bits = data.bits(offsetOf(unravel(element, dims), commitStrides(dims, perm)));
  if (dtype === DType.float32) {
    const value = floatOf(Number(bits));
    // INVARIANT: the maximum of a NaN depends on the processor, so it convicts nobody.
    if (Number.isNaN(value)) return true;
    return sameFloatBits(Number(claimed), value < 0 ? 0 : Number(bits));
  }
  if (!isInteger(dtype)) throw new DTypeUnsupported(dtype);
  return claimed === (toInt(dtype, bits) < 0n ? 0n : bits);
};
