import type { Lowering } from "./lowering.ts";
import { axisOf, FLOAT, floatDims } from "./known.ts";
import { sum } from "./sums.ts";
import { Writer } from "./writer.ts";

/** The least norms above zero, that of one number of float32 and that of a square of one. What has the norm 0 is 0, and stays 0. */
const LEAST = { 1: 2 ** -149, 2: 2 ** -75 };

/** x / Σ|x|, or x / √Σx². */
export const lpNormalization: Lowering = {
  onnx: { LpNormalization: { since: 1, shapedBy: "shapes" } },
  into: ["Abs", "Mul", "MatMul", "Slice", "Reshape", "Sqrt", "Max", "Div"],
  difference: "portable",
  where: `${FLOAT}, and the opset 8 or later`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axis = axisOf(attributes.int("axis", -1), dims?.length ?? 0);
    const p = attributes.int("p", 2);
    if (dims === undefined || axis === undefined || opset < 8 || (p !== 1 && p !== 2)) return undefined;
    const [x] = node.input;
    const w = new Writer(site);
    const norm = p === 1 ? sum(w, w.abs(x), dims, [axis]) : w.sqrt(sum(w, w.mul(x, x), dims, [axis]));
    return w.done(w.div(x, w.max(norm, LEAST[p])));
  },
};
