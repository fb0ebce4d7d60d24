import { bitsOf, floatOf } from "../../math/float32.ts";
import { mul } from "../../math/roundedArithmetic.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { floatBits, rowAttributes } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { float } from "../reading/requirements.ts";
import { elementFunction, equals, readUnary, ROUNDED_UNARY, slopeOfUnary } from "./elementFunction.ts";

const ATTRIBUTES = rowAttributes({ alpha: floatBits });

function read(node: GraphNode): Mapped {
  const alpha = bitsOf(node.attributes.float("alpha", 0.01));
  return { ...readUnary(Opcode.LeakyRelu, Rule.rounded, float)(node), attributes: ATTRIBUTES.encode({ alpha }) };
}

export const leakyRelu = defineOperator({
  name: "LeakyRelu",
  opcode: 0x0542,
  formula: "y = x < 0 ? alpha·x : x",
  onnx: { LeakyRelu: { since: 1, shapedBy: "shapes", refused: [], read } },
  ...ROUNDED_UNARY,
  types: [float],
  ...elementFunction(1, equals((a, _, [alpha]) => (floatOf(a) >= 0 ? a : mul(alpha, a)))),
  attributes: ATTRIBUTES,
  slope: slopeOfUnary((x, _, [alpha]) => (x >= 0 ? 1 : floatOf(alpha))),
});
