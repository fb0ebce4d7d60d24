import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { comparing, comparison, ordered } from "./comparison.ts";

export const lessOrEqual = defineOperator({
  name: "LessOrEqual",
  opcode: 0x0a23,
  formula: "y = (a ≤ b)",
  onnx: { LessOrEqual: comparing(Opcode.LessOrEqual, 12, ordered), GreaterOrEqual: comparing(Opcode.LessOrEqual, 12, ordered, true) },
  ...comparison((a, b) => a <= b),
});
