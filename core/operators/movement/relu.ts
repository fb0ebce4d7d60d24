import { DTypeUnsupported, isInteger, toInt } from "../../math/element.ts";
import { floatOf, isNaNBits, isZeroBits, sameFloatBits } from "../../math/float32.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { commitStrides, offsetOf, unravel } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator, oneElement, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { checkOutput, float, integerTypes, required, typed } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";

function read(node: GraphNode): Mapped {
  const x = typed(required(node, 0), float, ...integerTypes);
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return elementwise(Opcode.Relu, Rule.equal, [x]);
}

/** Twin of contracts/ops/Relu.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const { dtype } = node.output;
  const data = input(x, 0);
  const { dims, perm } = data.tensor;
  const bits = data.bits(offsetOf(unravel(element, dims), commitStrides(dims, perm)));
  if (dtype === DType.float32) {
    const value = floatOf(Number(bits));
    // INVARIANT: the maximum of a NaN and 0 is one of the two, which depends on the processor.
    if (Number.isNaN(value)) return isNaNBits(Number(claimed)) || isZeroBits(Number(claimed));
    return sameFloatBits(Number(claimed), value < 0 ? 0 : Number(bits));
  }
  if (!isInteger(dtype)) throw new DTypeUnsupported(dtype);
  return claimed === (toInt(dtype, bits) < 0n ? 0n : bits);
};

const back: Slope = ({ output }, outer, into) => {
  const x = into(0);
  if (x) outer.forEach((g, i) => (x[i] += output[i] > 0 ? g : 0));
};

export const relu = defineOperator({
  name: "Relu",
  onnx: { Relu: { since: 1, shapedBy: "shapes", refused: [], read } },
  inputs: ["X"],
  attributes: NO_ATTRIBUTES,
  types: [float, ...integerTypes],
  rules: [Rule.equal],
  ...whole(admissible, oneElement),
  slope: { follows: "all", back },
});
