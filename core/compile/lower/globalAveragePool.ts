import type { Lowering } from "./lowering.ts";
import { axesFrom, FLOAT, floatDims } from "./known.ts";
import { mean } from "./sums.ts";
import { Writer } from "./writer.ts";

/** The mean of every map. */
export const globalAveragePool: Lowering = {
  onnx: { GlobalAveragePool: { since: 1, shapedBy: "shapes" } },
  into: ["MatMul", "Slice", "Reshape"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const dims = floatDims(site.inputs[0]);
    if (dims === undefined || dims.length < 3) return undefined;
    const w = new Writer(site);
    const means = mean(w, site.node.input[0], dims, axesFrom(2, dims.length));
    return w.doneAs(means, dims.map((dim, axis) => (axis < 2 ? dim : 1)));
  },
};
