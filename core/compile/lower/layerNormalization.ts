import type { Lowering } from "./lowering.ts";
import { axesFrom, axisOf, FLOAT, floatDims } from "./known.ts";
import { NORMALISED, normalise } from "./normalise.ts";
import { Writer } from "./writer.ts";

/** (x − m) / √(v + ε) · scale + bias over the axes from one on; mean and inverse deviation beside it where somebody reads them. */
export const layerNormalization: Lowering = {
  onnx: { LayerNormalization: { since: 17, shapedBy: "shapes" } },
  into: [...NORMALISED, "Identity"],
  difference: "portable",
  where: `${FLOAT}, and it computes in float32`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axis = axisOf(attributes.int("axis", -1), dims?.length ?? 0);
    if (dims === undefined || axis === undefined || attributes.int("stash_type", 1) !== 1) return undefined;
    const [x, scale, bias = ""] = node.input;
    const w = new Writer(site);
    const { y, mean, deviation } = normalise(w, x, dims, axesFrom(axis, dims.length), attributes.float("epsilon", 1e-5));
    const scaled = w.mul(y, scale);
    return w.doneOf([bias === "" ? scaled : w.add(scaled, bias), mean, w.div(1, deviation)]);
  },
};
