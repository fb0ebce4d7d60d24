import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { bitwise, combination } from "./bitwise.ts";

export const xor = defineOperator({
  name: "Xor",
  opcode: 0x0a26,
  formula: "y = a ⊻ b; bit by bit of integers",
  onnx: bitwise("Xor", Opcode.Xor, 2),
  ...combination((a, b) => a ^ b),
});
