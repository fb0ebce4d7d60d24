import type { Lowering } from "./lowering.ts";

/** A value under another name. */
export const identity: Lowering = {
  onnx: { Identity: { since: 1, shapedBy: "shapes" } },
  into: [],
  keeps: "every bit",
  where: "its output is none of the graph's",
  rewrite({ node, isResult }) {
    return isResult(node.output[0]) ? undefined : { nodes: [], aliases: new Map([[node.output[0], node.input[0]]]) };
  },
};
