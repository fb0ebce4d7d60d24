import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { permuted, viewAll } from "../../tensor/view.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { identity, required, sameDims } from "../reading/requirements.ts";
import { moved } from "./order.ts";

function read(node: GraphNode): Mapped {
  const x = required(node, 0);
  const rank = x.dims.length;
  const perm = node.attributes.ints("perm") ?? identity(rank).reverse();
  node.attributes.refuseOthers();
  if (!sameDims([...perm].sort((a, b) => a - b), identity(rank))) refuse(`perm [${perm.join(", ")}] is no permutation of ${rank} axes`);
  return moved(node, permuted(viewAll(x.dims), perm));
}

export const TRANSPOSE: Readonly<Record<string, OnnxForm>> = { Transpose: { since: 1, shapedBy: "shapes", refused: [], read } };
