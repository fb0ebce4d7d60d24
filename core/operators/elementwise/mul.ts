import { mul as product } from "../../math/roundedArithmetic.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { BINARY, readBinary, slopeOfBinary } from "./binary.ts";
import { elementFunction, equals } from "./elementFunction.ts";

export const mul = defineOperator({
  name: "Mul",
  opcode: 0x0503,
  formula: "y = a · b",
  onnx: { Mul: { since: 1, shapedBy: "shapes", refused: [], read: readBinary(Opcode.Mul) } },
  ...BINARY,
  ...elementFunction(2, equals(product), { integer: (a, b) => a * b, double: (a, b) => a * b }),
  slope: slopeOfBinary((x, y) => [y, x]),
});
