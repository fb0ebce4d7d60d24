import { DTypeUnsupported, toInt } from "../math/element.ts";
import { bitsOf, sameFloatBits } from "../math/float32.ts";
import { mul } from "../math/roundedArithmetic.ts";
import { commitStrides, offsetOf, unravel } from "../tensor/shape.ts";
import { DType } from "../tensor/dtype.ts";
import { input } from "./operands.ts";
import { perAxis } from "./perAxis.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/DequantizeLinear.sol. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  const data = input(x, 0);
  const { dtype, dims, perm } = data.tensor;
  if (dtype !== DType.uint8 && dtype !== DType.int8 && dtype !== DType.int32) throw new DTypeUnsupported(dtype);
  const coords = unravel(element, node.output.dims);
  const value = toInt(dtype, data.bits(offsetOf(coords, commitStrides(dims, perm))));
  const { scale, zero } = perAxis(node, coords, dtype, x);
  // Exact in binary64: less than 2^33.
  const difference = bitsOf(Math.fround(Number(value - zero)));
  return sameFloatBits(Number(claimed), mul(difference, scale));
};
