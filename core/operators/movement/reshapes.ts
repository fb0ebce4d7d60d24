import { refuse } from "../../faults.ts";
import { describe, type GraphNode } from "../../onnx/graphNode.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { viewAll } from "../../tensor/view.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { axisOf, checkOutput, optional, required, valuesOf } from "../reading/requirements.ts";
import { inOrder } from "./order.ts";

/** The same elements in row-major order. */
export function sameElements(node: GraphNode): Mapped {
  const x = required(node, 0);
  if (node.output.dtype !== x.dtype || sizeOf(node.output.dims) !== sizeOf(x.dims)) {
    refuse(`its output ${describe(node.output)} does not hold the elements of ${describe(x)}`);
  }
  return inOrder(node, viewAll(x.dims));
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

const COMPUTED_SHAPE = ["a shape or axes that are computed"];

export const RESHAPES: Readonly<Record<string, OnnxForm>> = {
  Reshape: { since: 1, shapedBy: "values", refused: COMPUTED_SHAPE, read: readShaped },
  Squeeze: { since: 1, shapedBy: "values", refused: COMPUTED_SHAPE, read: readShaped },
  Unsqueeze: { since: 1, shapedBy: "values", refused: COMPUTED_SHAPE, read: readShaped },
  Flatten: { since: 1, shapedBy: "shapes", refused: [], read: readFlatten },
  Identity: { since: 1, shapedBy: "shapes", refused: [], read: readIdentity },
  Dropout: { since: 1, shapedBy: "shapes", refused: ["training mode"], read: readDropout },
};
