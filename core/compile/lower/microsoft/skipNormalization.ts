import { axesFrom, FLOAT, floatDims, readsOutput } from "../known.ts";
import type { Lowering } from "../lowering.ts";
import { NORMALISED, normalise, scaled } from "../normalise.ts";
import { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";

const INTO = [...NORMALISED, "Identity"];

/** The normalisation of x + skip + bias over the last axis, and beside it mean, inverse deviation and that sum. */
export const skipLayerNormalization: Lowering = {
  domain: MICROSOFT,
  onnx: { SkipLayerNormalization: { since: 1, shapedBy: "shapes" } },
  into: INTO,
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    if (dims === undefined) return undefined;
    const [x, skip, scale, shift = "", bias = ""] = node.input;
    const w = new Writer(site);
    const sum = bias === "" ? w.add(x, skip) : w.add(w.add(x, skip), bias);
    const { y, mean, deviation } = normalise(w, sum, dims, axesFrom(dims.length - 1, dims.length), attributes.float("epsilon", 1e-12));
    const z = w.mul(y, scale);
    return w.doneOf([shift === "" ? z : w.add(z, shift), mean, w.div(1, deviation), sum]);
  },
};

/** The same without a mean. */
export const skipSimplifiedLayerNormalization: Lowering = {
  domain: MICROSOFT,
  onnx: { SkipSimplifiedLayerNormalization: { since: 1, shapedBy: "shapes" } },
  into: INTO,
  difference: "portable",
  where: `${FLOAT}, and nobody reads its mean`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    if (dims === undefined || readsOutput(site, 1)) return undefined;
    const [x, skip, scale, bias = ""] = node.input;
    const w = new Writer(site);
    const sum = bias === "" ? w.add(x, skip) : w.add(w.add(x, skip), bias);
    const { y, deviation } = scaled(w, sum, dims, axesFrom(dims.length - 1, dims.length), attributes.float("epsilon", 1e-12));
    return w.doneOf([w.mul(y, scale), "", w.div(1, deviation), sum]);
  },
};
