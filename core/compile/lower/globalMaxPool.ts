import type { Lowering } from "./lowering.ts";
import { axesFrom, FLOAT, floatDims } from "./known.ts";
import { Writer } from "./writer.ts";

/** The greatest number of every map. */
export const globalMaxPool: Lowering = {
  onnx: { GlobalMaxPool: { since: 1, shapedBy: "shapes" } },
  into: ["ReduceMax"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const dims = floatDims(site.inputs[0]);
    if (dims === undefined || dims.length < 3) return undefined;
    const w = new Writer(site);
    return w.done(w.greatest(site.node.input[0], axesFrom(2, dims.length)));
  },
};
