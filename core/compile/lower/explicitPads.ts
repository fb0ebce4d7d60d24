import type { AttributeProto } from "../../onnx/onnx_pb.js";
import { integersAttribute, type Lowered, type Site } from "./lowering.ts";
import { isPaddedByRuntime, windowsOf } from "./windows.ts";

/** Attributes that say how the map is padded. */
const PADDING: ReadonlySet<string> = new Set(["auto_pad", "pads"]);

/** The same window with the padding stated that the runtime would find. */
export function withExplicitPads({ node, attributes }: Site, map: readonly number[], kernel: readonly number[]): Lowered | undefined {
  const windows = isPaddedByRuntime(attributes) ? windowsOf(attributes, map, kernel) : undefined;
  if (windows === undefined) return undefined;
  const pads: AttributeProto = integersAttribute("pads", [...windows.map(({ before }) => before), ...windows.map(({ after }) => after)]);
  node.attribute = [...node.attribute.filter(({ name }) => !PADDING.has(name)), pads];
  return { nodes: [node] };
}
