import type { Lowering } from "./lowering.ts";
import { axesFrom, axisOf, FLOAT, floatDims, hasOneResult } from "./known.ts";
import { mean } from "./sums.ts";
import { Writer } from "./writer.ts";

/** x / √(mean of x² + ε) · scale over the axes from one on. The simplified one is the runtime's own name for it. */
export const rmsNormalization: Lowering = {
  onnx: { RMSNormalization: { since: 23, shapedBy: "shapes" }, SimplifiedLayerNormalization: { since: 1, shapedBy: "shapes" } },
  into: ["Mul", "MatMul", "Slice", "Reshape", "Add", "Sqrt", "Div"],
  difference: "portable",
  where: `${FLOAT}, it computes in float32, and nobody reads its deviation`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axis = axisOf(attributes.int("axis", -1), dims?.length ?? 0);
    if (dims === undefined || axis === undefined || attributes.int("stash_type", 1) !== 1 || !hasOneResult(site)) return undefined;
    const [x, scale] = node.input;
    const w = new Writer(site);
    const square = mean(w, w.mul(x, x), dims, axesFrom(axis, dims.length));
    return w.done(w.mul(w.div(x, w.sqrt(w.add(square, attributes.float("epsilon", 1e-5)))), scale));
  },
};
