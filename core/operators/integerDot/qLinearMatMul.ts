import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { sizeOf, unravel } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import { productLength, productLines } from "../matrixProduct.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { productReads, productShape } from "../reading/products.ts";
import { bytes, checkOutput, identity, maxInputs, required, shapeOf, typed } from "../reading/requirements.ts";
import { checkZero, perTensor, scaleOf } from "../reading/scales.ts";
import { byteOf, integerProductTwin, zeroPoint, type Second } from "./integerProduct.ts";
import { checkAccumulator, checkRescale, checkSaturation, REFUSED_SUMS } from "./overflow.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 8);
  const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = identity(8).map((i) => required(node, i));
  typed(a, ...bytes);
  typed(b, ...bytes);
  node.attributes.refuseOthers();
  checkOutput(node, productShape(a, b));
  const sa = perTensor(aScale, aZero, a.dtype);
  const sy = perTensor(yScale, yZero, typed(node.output, ...bytes).dtype);
  checkZero(bZero, b.dtype);
  const columns = b.dims.length === 1 ? 1 : b.dims[b.dims.length - 1];
  for (const value of [bScale, bZero]) {
    // One per column may be written as [n] or [1, …, 1, n].
    const count = sizeOf(value.dims);
    if (count !== 1 && (count !== columns || value.dims[value.dims.length - 1] !== columns)) {
      refuse(`"${value.name}" ${shapeOf(value.dims)} is neither one value nor one per column`);
    }
  }
  checkSaturation(a, b);
  checkRescale(sa, scaleOf(bScale), sy);
  const [readA, readB] = productReads(a, b);
  checkAccumulator(readA.elements, undefined);
  return {
    opcode: Opcode.QLinearMatMul,
    attributes: [],
    inputs: [a, aScale, aZero, b, bScale, bZero, yScale, yZero],
    rules: [Rule.equal],
    reads: [readA, undefined, undefined, readB, undefined, undefined, undefined, undefined],
  };
}

/** Twin of contracts/ops/QLinearMatMul.sol. Positions are k. */
export const productTwin = (second: Second) => integerProductTwin(second, {
  length: productLength,
  sum(node, element, inputs, { from, until }) {
    const [a, b] = [input(inputs, 0), input(inputs, second)];
    const l = productLines(a.tensor, b.tensor, unravel(element, node.output.dims));
    const [zeroA, zeroB] = [zeroPoint(inputs[2], 0), zeroPoint(inputs[second + 2], l.column)];
    let total = 0;
    for (let k = from; k < until; k++)
      total += (byteOf(a, l.baseA + k * l.strideA) - zeroA) * (byteOf(b, l.baseB + k * l.strideB) - zeroB);
    return { total, channel: l.column, taps: 0 };
  },
});

export const qLinearMatMul = defineOperator({
  name: "QLinearMatMul",
  opcode: 0x0202,
  formula: "y = saturate(round(M · Σ (a − zero point of a) · (b − zero point of b)) + zero point of y), M = scale of a · scale of b / scale of y",
  library: "QLinearMatMul",
  onnx: { QLinearMatMul: { since: 10, shapedBy: "shapes", refused: REFUSED_SUMS, read } },
  inputs: ["a", "a_scale", "a_zero", "b", "b_scale", "b_zero", "y_scale", "y_zero"],
  attributes: NO_ATTRIBUTES,
  divides: true,
  types: bytes,
  rules: [Rule.equal],
  ...productTwin(3),
  slope: "steps",
});
