import type { Lowering } from "./lowering.ts";

/** In inference it passes its input on. */
export const dropout: Lowering = {
  onnx: { Dropout: { since: 1, shapedBy: "shapes" } },
  into: [],
  keeps: "every bit",
  where: "no mode is given and nobody reads its mask; its output is none of the graph's",
  rewrite({ node, isResult }) {
    const isInference = node.output.length === 1 && node.input.length < 3;
    return isInference && !isResult(node.output[0]) ? { nodes: [], aliases: new Map([[node.output[0], node.input[0]]]) } : undefined;
  },
};
