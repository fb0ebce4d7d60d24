import { sqrt as root } from "../../math/roundedArithmetic.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { DType } from "../../tensor/dtype.ts";
import { float } from "../reading/requirements.ts";
import { elementFunction, equals, readUnary, ROUNDED_UNARY, slopeOfUnary } from "./elementFunction.ts";

export const sqrt = defineOperator({
  name: "Sqrt",
  opcode: 0x0541,
  formula: "y = √x",
  onnx: { Sqrt: { since: 1, shapedBy: "shapes", refused: [], read: readUnary(Opcode.Sqrt, Rule.rounded, float, DType.float64) } },
  ...ROUNDED_UNARY,
  types: [float, DType.float64],
  ...elementFunction(1, equals(root), { double: Math.sqrt }),
  slope: slopeOfUnary((_, y) => 1 / (2 * y)),
});
