import { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator } from "../descriptor.ts";
import { comparing, comparison, ordered } from "./comparison.ts";

export const equal = defineOperator({
  name: "Equal",
  opcode: 0x0a21,
  formula: "y = (a = b)",
  onnx: { Equal: comparing(Opcode.Equal, 1, [...ordered, DType.bool]) },
  ...comparison((a, b) => a === b),
});
