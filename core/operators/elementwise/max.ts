import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { elementFunction, equals } from "./elementFunction.ts";
import { EXTREMUM, extremeBits, readExtremum, slopeOfExtremum } from "./extremum.ts";

export const max = defineOperator({
  name: "Max",
  opcode: 0x0521,
  formula: "y = max(a, b); NaN if either is",
  onnx: { Max: { since: 1, shapedBy: "shapes", refused: [], read: readExtremum(Opcode.Max) } },
  ...EXTREMUM,
  ...elementFunction(2, equals(extremeBits(Math.max)), { integer: (a, b) => (a > b ? a : b), double: Math.max }),
  slope: slopeOfExtremum((x, y) => x >= y),
});
