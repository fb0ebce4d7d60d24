import { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator } from "../descriptor.ts";
import { comparison, ordered, readComparison } from "./comparison.ts";

export const equal = defineOperator({
  name: "Equal",
  opcode: 0x0a21,
  onnx: { Equal: { since: 7, shapedBy: "shapes", refused: [], read: readComparison(Opcode.Equal, [...ordered, DType.bool]) } },
  ...comparison((a, b) => a === b),
});
