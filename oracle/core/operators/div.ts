import { fromInt, toInt } from "../math/element.ts";
import { isZeroBits, sameFloatBits } from "../math/float32.ts";
import { div } from "../math/roundedArithmetic.ts";
import { DType } from "../tensor/dtype.ts";
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
  // A compiler refuses a divisor that may be 0 or −1, because processors trap on it (x86) or go on with 0 for a division
  // by zero and the wrapped quotient for the least integer divided by −1 (arm64): only those are left.
  return claimed === (divisor === 0n ? 0n : fromInt(dtype, toInt(dtype, a) / divisor));
};
