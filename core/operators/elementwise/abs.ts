import { Opcode, Rule } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { float } from "../reading/requirements.ts";
import { elementFunction, equals, readUnary, slopeOfUnary, UNARY } from "./elementFunction.ts";

export const abs = defineOperator({
  name: "Abs",
  opcode: 0x0563,
  onnx: { Abs: { since: 1, shapedBy: "shapes", refused: [], read: readUnary(Opcode.Abs, Rule.equal, float) } },
  ...UNARY,
  types: [float],
  ...elementFunction(1, equals((a) => a & 0x7fffffff)),
  slope: slopeOfUnary((x) => Math.sign(x)),
});
