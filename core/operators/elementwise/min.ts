import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { elementFunction, equals } from "./elementFunction.ts";
import { EXTREMUM, extremeBits, readExtremum, slopeOfExtremum } from "./extremum.ts";

export const min = defineOperator({
  name: "Min",
  opcode: 0x0522,
  formula: "y = min(a, b); NaN if either is",
  onnx: { Min: { since: 1, shapedBy: "shapes", refused: [], read: readExtremum(Opcode.Min) } },
  ...EXTREMUM,
  ...elementFunction(2, equals(extremeBits(Math.min)), { integer: (a, b) => (a < b ? a : b), double: Math.min }),
  slope: slopeOfExtremum((x, y) => x <= y),
});
