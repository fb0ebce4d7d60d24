import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { bitwise, combination } from "./bitwise.ts";

export const and = defineOperator({
  name: "And",
  opcode: 0x0a24,
  formula: "y = a ∧ b; bit by bit of integers",
  onnx: bitwise("And", Opcode.And, 2),
  ...combination((a, b) => a & b),
});
