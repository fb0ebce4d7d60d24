import { isZeroBits, sameFloatBits } from "../../math/float32.ts";
import { div as quotient } from "../../math/roundedArithmetic.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { BINARY, readBinary, slopeOfBinary } from "./binary.ts";
import { elementFunction } from "./elementFunction.ts";

export const div = defineOperator({
  name: "Div",
  opcode: 0x0504,
  formula: "y = a / b; of integers towards zero",
  onnx: { Div: { since: 1, shapedBy: "shapes", refused: ["integer divisors that may be 0 or −1"], read: readBinary(Opcode.Div) } },
  ...BINARY,
  divides: true,
  ...elementFunction(
    2,
    (claimed, a, b) => {
      // INVARIANT: a divisor of zero has lost its sign when it was committed, so its quotient has none either.
      const magnitude = isZeroBits(b) ? 0x7fffffff : 0xffffffff;
      return sameFloatBits(claimed & magnitude, quotient(a, b) & magnitude);
    },
    // A compiler refuses an integer divisor that may be 0 or −1, because processors trap on it (x86) or go on with 0 for a division
    // by zero and the wrapped quotient for the least integer divided by −1 (arm64): only those are left.
    { integer: (a, b) => (b === 0n ? 0n : a / b), double: (a, b) => a / b },
  ),
  slope: slopeOfBinary((x, y) => [1 / y, -x / (y * y)]),
});
