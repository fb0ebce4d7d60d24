import { fromInt } from "../math/element.ts";
import { sameFloatBits } from "../math/float32.ts";
import { sub } from "../math/roundedArithmetic.ts";
import { DType } from "../tensor/dtype.ts";
import { operands } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/Sub.sol. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  const [a, b] = operands(node, element, x);
  const { dtype } = node.output;
  if (dtype === DType.float32) return sameFloatBits(Number(claimed), sub(Number(a), Number(b)));
  return claimed === fromInt(dtype, a - b);
};
