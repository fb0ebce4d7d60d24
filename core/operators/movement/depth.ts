import { refuse } from "../../faults.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import { factored, permuted, viewAll } from "../../tensor/view.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { checkOutput, maxInputs, required } from "../reading/requirements.ts";
import { inOrder } from "./order.ts";

/** The input [N, C, H, W] and the side of a block. */
function blocks(node: GraphNode): { x: Value; size: number } {
  maxInputs(node, 1);
  const x = required(node, 0);
  if (x.dims.length !== 4) refuse(`its input has rank ${x.dims.length} instead of 4`);
  const size = node.attributes.int("blocksize", 0);
  if (size < 1) refuse(`its blocksize ${size} is no size`);
  return { x, size };
}

function readDepthToSpace(node: GraphNode): Mapped {
  const { x, size: b } = blocks(node);
  const mode = node.attributes.text("mode", "DCR");
  node.attributes.refuseOthers();
  if (mode !== "DCR" && mode !== "CRD") refuse(`its mode ${mode} is not known`);
  const [n, channels, h, w] = x.dims;
  const c = channels / (b * b);
  if (!Number.isInteger(c)) refuse(`${channels} channels are no blocks of ${b} × ${b}`);
  checkOutput(node, [n, c, h * b, w * b]);
  const split = mode === "DCR" ? [b, b, c] : [c, b, b];
  const perm = mode === "DCR" ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
  return inOrder(node, permuted(factored(viewAll(x.dims), [[n], split, [h], [w]]), perm));
}

function readSpaceToDepth(node: GraphNode): Mapped {
  const { x, size: b } = blocks(node);
  node.attributes.refuseOthers();
  const [n, c, height, width] = x.dims;
  const [h, w] = [height / b, width / b];
  if (!Number.isInteger(h) || !Number.isInteger(w)) refuse(`a map of ${height} × ${width} is no blocks of ${b} × ${b}`);
  checkOutput(node, [n, c * b * b, h, w]);
  return inOrder(node, permuted(factored(viewAll(x.dims), [[n], [c], [h, b], [w, b]]), [0, 3, 5, 1, 2, 4]));
}

export const DEPTH: Readonly<Record<string, OnnxForm>> = {
  DepthToSpace: { since: 1, shapedBy: "shapes", refused: [], read: readDepthToSpace },
  SpaceToDepth: { since: 1, shapedBy: "shapes", refused: [], read: readSpaceToDepth },
};
