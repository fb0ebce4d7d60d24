import { refuse } from "../../faults.ts";
import { same } from "../../math/element.ts";
import { describe, type GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { commitStrides, offsetOf, sizeOf, unravel } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator, oneElement, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { anyType, axisOf, checkOutput, optional, required, valuesOf } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";

/** The same elements in row-major order. */
export function sameElements(node: GraphNode): Mapped {
  const x = required(node, 0);
  if (node.output.dtype !== x.dtype || sizeOf(node.output.dims) !== sizeOf(x.dims)) {
    refuse(`its output ${describe(node.output)} does not hold the elements of ${describe(x)}`);
  }
  return elementwise(Opcode.Reshape, Rule.equal, [x]);
}

/** Reshape, Squeeze, Unsqueeze: what they are told must be known; then the output's shape says it all. */
function readShaped(node: GraphNode): Mapped {
  for (const value of node.inputs.slice(1)) if (value !== undefined) valuesOf(value, "its shape or axes");
  node.attributes.ignore("allowzero", "axes");
  node.attributes.refuseOthers();
  return sameElements(node);
}

function readFlatten(node: GraphNode): Mapped {
  const x = required(node, 0);
  const rank = x.dims.length;
  const given = node.attributes.int("axis", 1);
  node.attributes.refuseOthers();
  const axis = given === rank ? rank : axisOf(given, rank);
  checkOutput(node, [sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))]);
  return sameElements(node);
}

function readIdentity(node: GraphNode): Mapped {
  node.attributes.refuseOthers();
  checkOutput(node, required(node, 0).dims);
  return sameElements(node);
}

function readDropout(node: GraphNode): Mapped {
  const training = optional(node, 2);
  if (training !== undefined && valuesOf(training, "training_mode")[0] !== 0) refuse("training mode draws random numbers");
  node.attributes.ignore("ratio", "seed");
  node.attributes.refuseOthers();
  return sameElements(node);
}

/** Twin of contracts/ops/Reshape.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const data = input(x, 0);
  const { dims, perm } = data.tensor;
  return same(node.output.dtype, claimed, data.bits(offsetOf(unravel(element, dims), commitStrides(dims, perm))));
};

const back: Slope = (_node, outer, into) => {
  const x = into(0);
  if (x) outer.forEach((g, i) => (x[i] += g));
};

const COMPUTED_SHAPE = ["a shape or axes that are computed"];

export const reshape = defineOperator({
  name: "Reshape",
  onnx: {
    Reshape: { since: 1, shapedBy: "values", refused: COMPUTED_SHAPE, read: readShaped },
    Squeeze: { since: 1, shapedBy: "values", refused: COMPUTED_SHAPE, read: readShaped },
    Unsqueeze: { since: 1, shapedBy: "values", refused: COMPUTED_SHAPE, read: readShaped },
    Flatten: { since: 1, shapedBy: "shapes", refused: [], read: readFlatten },
    Identity: { since: 1, shapedBy: "shapes", refused: [], read: readIdentity },
    Dropout: { since: 1, shapedBy: "shapes", refused: ["training mode"], read: readDropout },
  },
  remark: "ReduceMean over no axes: same elements in row-major order",
  inputs: ["data"],
  attributes: NO_ATTRIBUTES,
  types: anyType,
  rules: [Rule.equal],
  ...whole(admissible, oneElement),
  slope: { follows: "all", back },
});
