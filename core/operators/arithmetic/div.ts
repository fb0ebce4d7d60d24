import { refuse } from "../../faults.ts";
import { fromInt, toInt } from "../../math/element.ts";
import { isZeroBits, sameFloatBits } from "../../math/float32.ts";
import { div as quotient } from "../../math/roundedArithmetic.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import { numbersOf, type Constant } from "../../onnx/tensor.ts";
import { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator, oneElement, whole } from "../descriptor.ts";
import { operands } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { float, required } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";
import { BINARY, readBinary, slopeOfBinary } from "./binary.ts";

/** Processors trap on an integer division by zero and on the least integer divided by −1: neither may be possible. */
export const isSafeDivisor = (divisor: Constant): boolean => !numbersOf(divisor).some((value) => value === 0 || value === -1);

function checkDivisor(b: Value): void {
  const divisor = b.constant ?? refuse(`the integer divisor "${b.name}" is computed; it must be a constant`);
  if (!isSafeDivisor(divisor)) refuse("an integer divisor is 0 or -1");
}

function read(node: GraphNode): Mapped {
  const mapped = readBinary(node, Opcode.Div);
  const divisor = required(node, 1);
  if (divisor.dtype !== float) checkDivisor(divisor);
  return mapped;
}

/** Twin of contracts/ops/Div.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const [a, b] = operands(node, element, x);
  const { dtype } = node.output;
  if (dtype === DType.float32) {
    // INVARIANT: a divisor of zero has lost its sign when it was committed, so its quotient has none either.
    const magnitude = isZeroBits(Number(b)) ? 0x7fffffff : 0xffffffff;
    return sameFloatBits(Number(claimed) & magnitude, quotient(Number(a), Number(b)) & magnitude);
  }
  const divisor = toInt(dtype, b);
  // A compiler refuses a divisor that may be 0 or −1, because processors trap on it (x86) or go on with 0 for a division
  // by zero and the wrapped quotient for the least integer divided by −1 (arm64): only those are left.
  return claimed === (divisor === 0n ? 0n : fromInt(dtype, toInt(dtype, a) / divisor));
};

export const div = defineOperator({
  name: "Div",
  onnx: { Div: { since: 1, shapedBy: "shapes", refused: ["integer divisors that are computed, 0 or −1"], read } },
  ...BINARY,
  attributes: NO_ATTRIBUTES,
  ...whole(admissible, oneElement),
  slope: slopeOfBinary((x, y) => [1 / y, -x / (y * y)]),
});
