import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { productReads, productShape } from "../reading/products.ts";
import { bytes, checkOutput, maxInputs, optional, required, shapeOf, typed } from "../reading/requirements.ts";
import { oneZero } from "../reading/scales.ts";
import { checkSaturation, REFUSED_SATURATION } from "./overflow.ts";
import { productTwin } from "./qLinearMatMul.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 4);
  const [a, b] = [0, 1].map((i) => typed(required(node, i), ...bytes));
  const [aZero, bZero] = [optional(node, 2), optional(node, 3)];
  node.attributes.refuseOthers();
  typed(node.output, DType.int32);
  checkOutput(node, productShape(a, b));
  oneZero(aZero, a.dtype);
  const columns = b.dims.length === 1 ? 1 : b.dims[b.dims.length - 1];
  if (bZero !== undefined && sizeOf(bZero.dims) !== 1) {
    typed(bZero, b.dtype);
    // One per column may be written as [n] or [1, …, 1, n].
    if (sizeOf(bZero.dims) !== columns || bZero.dims[bZero.dims.length - 1] !== columns) {
      refuse(`"${bZero.name}" ${shapeOf(bZero.dims)} is neither one value nor one per column`);
    }
  } else oneZero(bZero, b.dtype);
  checkSaturation(a, b);
  const [readA, readB] = productReads(a, b);
  return {
    opcode: Opcode.MatMulInteger,
    attributes: [],
    inputs: [a, b, aZero, bZero],
    rules: [Rule.equal],
    reads: [readA, readB, undefined, undefined],
  };
}

export const matMulInteger = defineOperator({
  name: "MatMulInteger",
  opcode: 0x0203,
  formula: "y = Σ (a − zero point of a) · (b − zero point of b)",
  library: "QLinearMatMul",
  onnx: { MatMulInteger: { since: 10, shapedBy: "shapes", refused: [REFUSED_SATURATION], read } },
  inputs: ["A", "B", "a_zero?", "b_zero?"],
  attributes: NO_ATTRIBUTES,
  types: [DType.int32],
  rules: [Rule.equal],
  ...productTwin(1),
  slope: "steps",
});
