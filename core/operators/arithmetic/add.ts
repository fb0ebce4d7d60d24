import { fromInt } from "../../math/element.ts";
import { sameFloatBits } from "../../math/float32.ts";
import { add as sum } from "../../math/roundedArithmetic.ts";
import { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator, oneElement, whole } from "../descriptor.ts";
import { operands } from "../operands.ts";
import type { OpTwin } from "../twin.ts";
import { BINARY, readBinary, slopeOfBinary } from "./binary.ts";

/** Twin of contracts/ops/Add.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const [a, b] = operands(node, element, x);
  const { dtype } = node.output;
  if (dtype === DType.float32) return sameFloatBits(Number(claimed), sum(Number(a), Number(b)));
  return claimed === fromInt(dtype, a + b);
};

export const add = defineOperator({
  name: "Add",
  onnx: { Add: { since: 1, shapedBy: "shapes", refused: [], read: (node) => readBinary(node, Opcode.Add) } },
  ...BINARY,
  attributes: NO_ATTRIBUTES,
  ...whole(admissible, oneElement),
  slope: slopeOfBinary(() => [1, 1]),
});
