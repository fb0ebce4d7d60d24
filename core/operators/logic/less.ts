import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { comparing, comparison, ordered } from "./comparison.ts";

export const less = defineOperator({
  name: "Less",
  opcode: 0x0a22,
  formula: "y = (a < b)",
  onnx: { Less: comparing(Opcode.Less, 1, ordered), Greater: comparing(Opcode.Less, 1, ordered, true) },
  ...comparison((a, b) => a < b),
});
