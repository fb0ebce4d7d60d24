import { add as sum } from "../../math/roundedArithmetic.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { BINARY, readBinary, slopeOfBinary } from "./binary.ts";
import { elementFunction, equals } from "./elementFunction.ts";

export const add = defineOperator({
  name: "Add",
  opcode: 0x0501,
  formula: "y = a + b",
  onnx: { Add: { since: 1, shapedBy: "shapes", refused: [], read: readBinary(Opcode.Add) } },
  ...BINARY,
  ...elementFunction(2, equals(sum), { integer: (a, b) => a + b, double: (a, b) => a + b }),
  slope: slopeOfBinary(() => [1, 1]),
});
