import { sub as difference } from "../../math/roundedArithmetic.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { BINARY, readBinary, slopeOfBinary } from "./binary.ts";
import { elementFunction, equals } from "./elementFunction.ts";

export const sub = defineOperator({
  name: "Sub",
  opcode: 0x0502,
  formula: "y = a − b",
  onnx: { Sub: { since: 1, shapedBy: "shapes", refused: [], read: readBinary(Opcode.Sub) } },
  ...BINARY,
  ...elementFunction(2, equals(difference), { integer: (a, b) => a - b, double: (a, b) => a - b }),
  slope: slopeOfBinary(() => [1, -1]),
});
