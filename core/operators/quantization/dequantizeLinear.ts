import { refuse } from "../../faults.ts";
import { DTypeUnsupported, toInt } from "../../math/element.ts";
import { bitsOf, sameFloatBits } from "../../math/float32.ts";
import { mul } from "../../math/roundedArithmetic.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { commitStrides, offsetOf, unravel } from "../../tensor/shape.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator, oneElement, whole } from "../descriptor.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { bytes, checkOutput, float, maxInputs, optional, required, typed, valuesOf } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";
import { perAxis, SCALING } from "./perAxis.ts";
import { readQuantisation, REFUSED_SCALES } from "./scaling.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 3);
  const x = typed(required(node, 0), ...bytes, DType.int32);
  const scale = required(node, 1);
  const zero = optional(node, 2);
  typed(node.output, float);
  const axis = readQuantisation(node, x, scale, zero, x.dtype);
  if (x.dtype === DType.int32 && zero !== undefined && valuesOf(zero, "the zero point").some((z) => z !== 0)) {
    refuse("a zero point other than 0 is not supported for int32");
  }
  node.attributes.ignore("output_dtype");
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return {
    opcode: Opcode.DequantizeLinear,
    attributes: SCALING.encode({ axis }),
    inputs: [x, scale, zero],
    rules: [Rule.equal],
    reads: [undefined, undefined, undefined],
  };
}

/** Twin of contracts/ops/DequantizeLinear.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const data = input(x, 0);
  const { dtype, dims, perm } = data.tensor;
  if (dtype !== DType.uint8 && dtype !== DType.int8 && dtype !== DType.int32) throw new DTypeUnsupported(dtype);
  const coords = unravel(element, node.output.dims);
  const value = toInt(dtype, data.bits(offsetOf(coords, commitStrides(dims, perm))));
  const { scale, zero } = perAxis(node, coords, dtype, x);
  // Exact in binary64: less than 2^33.
  const difference = bitsOf(Math.fround(Number(value - zero)));
  return sameFloatBits(Number(claimed), mul(difference, scale));
};

export const dequantizeLinear = defineOperator({
  name: "DequantizeLinear",
  opcode: 0x0402,
  formula: "y = (x − zero point) · scale",
  library: "DequantizeLinear",
  onnx: { DequantizeLinear: { since: 10, shapedBy: "shapes", refused: [...REFUSED_SCALES, "a zero point of int32 other than 0"], read } },
  inputs: ["x", "scale", "zero?"],
  attributes: SCALING,
  types: [float],
  rules: [Rule.equal],
  ...whole(admissible, oneElement),
  slope: "steps",
});
