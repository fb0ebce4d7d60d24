import type { Lowering } from "./lowering.ts";
import { axesFrom, axisOf, FLOAT, floatDims, hasOneResult } from "./known.ts";
import { NORMALISED, normalised } from "./normalise.ts";
import { Writer } from "./writer.ts";

/** (x − m) / √(v + ε) · scale + bias over the axes from one on. */
export const layerNormalization: Lowering = {
  onnx: { LayerNormalization: { since: 17, shapedBy: "shapes" } },
  into: NORMALISED,
  difference: "portable",
  where: `${FLOAT}, it computes in float32, and nobody reads its mean`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axis = axisOf(attributes.int("axis", -1), dims?.length ?? 0);
    if (dims === undefined || axis === undefined || attributes.int("stash_type", 1) !== 1 || !hasOneResult(site)) return undefined;
    const [x, scale, bias = ""] = node.input;
    const w = new Writer(site);
    const scaled = w.mul(normalised(w, x, dims, axesFrom(axis, dims.length), attributes.float("epsilon", 1e-5)), scale);
    return w.done(bias === "" ? scaled : w.add(scaled, bias));
  },
};
