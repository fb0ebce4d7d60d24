import { sqrt as root } from "../../math/roundedArithmetic.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { float } from "../reading/requirements.ts";
import { elementFunction, equals, readUnary, ROUNDED_UNARY, slopeOfUnary } from "./elementFunction.ts";

export const sqrt = defineOperator({
  name: "Sqrt",
  opcode: 0x0541,
  onnx: { Sqrt: { since: 1, shapedBy: "shapes", refused: [], read: readUnary(Opcode.Sqrt, Rule.rounded, float) } },
  ...ROUNDED_UNARY,
  types: [float],
  ...elementFunction(1, equals(root)),
  slope: slopeOfUnary((_, y) => 1 / (2 * y)),
});
