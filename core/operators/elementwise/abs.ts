import { Opcode, Rule } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { DType } from "../../tensor/dtype.ts";
import { float, integerTypes } from "../reading/requirements.ts";
import { elementFunction, equals, readUnary, slopeOfUnary, UNARY } from "./elementFunction.ts";

export const abs = defineOperator({
  name: "Abs",
  opcode: 0x0563,
  formula: "y = |x|",
  onnx: { Abs: { since: 1, shapedBy: "shapes", refused: [], read: readUnary(Opcode.Abs, Rule.equal, float, DType.float64, ...integerTypes) } },
  ...UNARY,
  types: [float, DType.float64, ...integerTypes],
  ...elementFunction(1, equals((a) => a & 0x7fffffff), { integer: (a) => (a < 0n ? -a : a), double: Math.abs }),
  slope: slopeOfUnary((x) => Math.sign(x)),
});
