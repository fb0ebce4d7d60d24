import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { broadcastTo, repeated, viewAll } from "../../tensor/view.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { broadcast, checkOutput, maxInputs, required, valuesOf } from "../reading/requirements.ts";
import { inOrder, moved } from "./order.ts";

function readExpand(node: GraphNode): Mapped {
  maxInputs(node, 2);
  const x = required(node, 0);
  const shape = valuesOf(required(node, 1), "its shape");
  node.attributes.refuseOthers();
  return moved(node, broadcastTo(viewAll(x.dims), broadcast(x.dims, shape)));
}

function readTile(node: GraphNode): Mapped {
  maxInputs(node, 2);
  const x = required(node, 0);
  const times = valuesOf(required(node, 1), "its repeats");
  node.attributes.refuseOthers();
  if (times.length !== x.dims.length || times.some((count) => count < 1)) refuse(`its repeats [${times.join(", ")}] do not fit ${x.dims.length} axes`);
  checkOutput(node, x.dims.map((dim, i) => dim * times[i]));
  return inOrder(node, repeated(viewAll(x.dims), times, "all"));
}

export const REPETITIONS: Readonly<Record<string, OnnxForm>> = {
  Expand: { since: 8, shapedBy: "values", refused: ["a shape that is computed"], read: readExpand },
  Tile: { since: 6, shapedBy: "values", refused: ["repeats that are computed, or 0"], read: readTile },
};
