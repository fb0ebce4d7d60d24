import { fromInt, range, toInt } from "../math/element.ts";
import { isZeroBits, sameFloatBits } from "../math/float32.ts";
import { div } from "../math/roundedArithmetic.ts";
import { DType } from "../program/types.ts";
import { operands } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/Div.sol. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  const [a, b] = operands(node, element, x);
  const { dtype } = node.output;
  if (dtype === DType.float32) {
    // INVARIANT: a divisor of zero has lost its sign when it was committed, so its quotient has none either.
    const magnitude = isZeroBits(Number(b)) ? 0x7fffffff : 0xffffffff;
    return sameFloatBits(Number(claimed) & magnitude, div(Number(a), Number(b)) & magnitude);
  }
  const divisor = toInt(dtype, b);
  // INVARIANT: what ONNX leaves undefined (division by zero, a quotient out of range) convicts nobody.
  if (divisor === 0n) return true;
  const quotient = toInt(dtype, a) / divisor;
  return quotient > range(dtype)[1] || claimed === fromInt(dtype, quotient);
};
