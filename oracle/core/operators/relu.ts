import { DTypeUnsupported, isInteger, toInt } from "../math/element.ts";
import { floatOf, isNaNBits, isZeroBits, sameFloatBits } from "../math/float32.ts";
import { commitStrides, offsetOf, unravel } from "../tensor/shape.ts";
import { DType } from "../tensor/dtype.ts";
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
    // INVARIANT: the maximum of a NaN and 0 is one of the two, which depends on the processor.
    if (Number.isNaN(value)) return isNaNBits(Number(claimed)) || isZeroBits(Number(claimed));
    return sameFloatBits(Number(claimed), value < 0 ? 0 : Number(bits));
  }
  if (!isInteger(dtype)) throw new DTypeUnsupported(dtype);
  return claimed === (toInt(dtype, bits) < 0n ? 0n : bits);
};
