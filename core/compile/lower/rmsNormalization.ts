import type { Lowering } from "./lowering.ts";
import { axesFrom, axisOf, FLOAT, floatDims } from "./known.ts";
import { scaled } from "./normalise.ts";
import { Writer } from "./writer.ts";

/** x / √(mean of x² + ε) · scale over the axes from one on. The simplified one is the runtime's own name for it. */
export const rmsNormalization: Lowering = {
  onnx: { RMSNormalization: { since: 23, shapedBy: "shapes" }, SimplifiedLayerNormalization: { since: 1, shapedBy: "shapes" } },
  into: ["Mul", "MatMul", "Slice", "Reshape", "Add", "Sqrt", "Div", "Identity"],
  difference: "portable",
  where: `${FLOAT}, and it computes in float32`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axis = axisOf(attributes.int("axis", -1), dims?.length ?? 0);
    if (dims === undefined || axis === undefined || attributes.int("stash_type", 1) !== 1) return undefined;
    const [x, scale] = node.input;
    const w = new Writer(site);
    const { y, deviation } = scaled(w, x, dims, axesFrom(axis, dims.length), attributes.float("epsilon", 1e-5));
    return w.doneOf([w.mul(y, scale), w.div(1, deviation)]);
  },
};
