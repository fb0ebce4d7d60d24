import { admitsRemainder } from "../../math/remainder.ts";
import { isFloat } from "../../math/floatFormat.ts";
import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode } from "../../program/types.ts";
import { flag, remarked, rowAttributes } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { required } from "../reading/requirements.ts";
import { ordered } from "./comparison.ts";
import { logicFunction, readOperands } from "./logicFunction.ts";

export const REMAINDER = rowAttributes({ fmod: remarked(flag, "1 with the sign of the dividend") });

function read(node: GraphNode): Mapped {
  const fmod = node.attributes.int("fmod", 0) !== 0;
  const mapped = readOperands(node, Opcode.Mod, 2, ordered, REMAINDER.encode({ fmod }));
  const divisor = required(node, 1);
  if (isFloat(divisor.dtype) && !fmod) refuse("fmod must be 1 for floating point numbers");
  return mapped;
}

export const mod = defineOperator({
  name: "Mod",
  opcode: 0x0a28,
  formula: "y = a − b·⌊a/b⌋; with fmod, a − b·trunc(a/b)",
  onnx: { Mod: { since: 10, shapedBy: "shapes", refused: ["integer divisors that may be 0 or −1, without fmod"], read } },
  ...logicFunction(2, (claimed, dtype, [a, b], node) => admitsRemainder(dtype, a, b, REMAINDER.of(node).fmod, claimed)),
  attributes: REMAINDER,
  types: ordered,
});
