import { bitsOf, floatOf } from "../../math/float32.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { DType } from "../../tensor/dtype.ts";
import { float } from "../reading/requirements.ts";
import { elementFunction, equals, readUnary, UNARY } from "./elementFunction.ts";

export const floor = defineOperator({
  name: "Floor",
  opcode: 0x0562,
  formula: "y = ⌊x⌋",
  onnx: { Floor: { since: 1, shapedBy: "shapes", refused: [], read: readUnary(Opcode.Floor, Rule.equal, float, DType.float64) } },
  ...UNARY,
  types: [float, DType.float64],
  ...elementFunction(1, equals((a) => bitsOf(Math.floor(floatOf(a)))), { double: Math.floor }),
  slope: "steps",
});
