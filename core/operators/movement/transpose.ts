import { refuse } from "../../faults.ts";
import { same } from "../../math/element.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { commitStrides, rowMajorStrides, unravel } from "../../tensor/shape.ts";
import { integers, rowAttributes } from "../attributes.ts";
import { defineOperator, oneElement, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { anyType, checkOutput, identity, required, sameDims } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";

const ATTRIBUTES = rowAttributes({ perm: integers });

function read(node: GraphNode): Mapped {
  const x = required(node, 0);
  const rank = x.dims.length;
  const perm = node.attributes.ints("perm") ?? identity(rank).reverse();
  node.attributes.refuseOthers();
  if (!sameDims([...perm].sort((a, b) => a - b), identity(rank))) refuse(`perm [${perm.join(", ")}] is no permutation of ${rank} axes`);
  checkOutput(node, perm.map((axis) => x.dims[axis]));
  return { opcode: Opcode.Transpose, attributes: ATTRIBUTES.encode({ perm }), inputs: [x], rules: [Rule.equal], reads: [undefined] };
}

/** Twin of contracts/ops/Transpose.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const { perm } = ATTRIBUTES.of(node);
  const data = input(x, 0);
  const strides = commitStrides(data.tensor.dims, data.tensor.perm);
  const coords = unravel(element, node.output.dims);
  const offset = coords.reduce((sum, c, a) => sum + c * strides[perm[a]], 0);
  return same(node.output.dtype, claimed, data.bits(offset));
};

const back: Slope = ({ mapped, outputDims }, outer, into) => {
  const x = into(0);
  if (x === undefined) return;
  const { perm } = ATTRIBUTES.of(mapped);
  const strides = rowMajorStrides(mapped.inputs[0]!.dims);
  outer.forEach((g, i) => (x[unravel(i, outputDims).reduce((sum, c, axis) => sum + c * strides[perm[axis]], 0)] += g));
};

export const transpose = defineOperator({
  name: "Transpose",
  onnx: { Transpose: { since: 1, shapedBy: "shapes", refused: [], read } },
  inputs: ["data"],
  attributes: ATTRIBUTES,
  types: anyType,
  rules: [Rule.equal],
  ...whole(admissible, oneElement),
  slope: { follows: "all", back },
});
