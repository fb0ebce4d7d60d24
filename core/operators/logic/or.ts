import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { bitwise, combination } from "./bitwise.ts";

export const or = defineOperator({
  name: "Or",
  opcode: 0x0a25,
  formula: "y = a ∨ b; bit by bit of integers",
  onnx: bitwise("Or", Opcode.Or, 2),
  ...combination((a, b) => a | b),
});
