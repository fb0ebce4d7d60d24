import type { Lowering } from "./lowering.ts";
import { axisOf, FLOAT, floatDims } from "./known.ts";
import { mean } from "./sums.ts";
import { Writer } from "./writer.ts";

/** (x − m) / (√v + 10⁻⁹) over any axes, by default all but that of the channels. */
export const meanVarianceNormalization: Lowering = {
  onnx: { MeanVarianceNormalization: { since: 9, shapedBy: "shapes" } },
  into: ["MatMul", "Slice", "Reshape", "Sub", "Mul", "Sqrt", "Add", "Div"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axes = (attributes.ints("axes") ?? [0, 2, 3]).map((axis) => axisOf(axis, dims?.length ?? 0));
    if (dims === undefined || axes.length === 0 || new Set(axes).size < axes.length || axes.includes(undefined)) return undefined;
    const along = axes.filter((axis) => axis !== undefined);
    const w = new Writer(site);
    const centred = w.sub(node.input[0], mean(w, node.input[0], dims, along));
    const variance = mean(w, w.mul(centred, centred), dims, along);
    return w.done(w.div(centred, w.add(w.sqrt(variance), 1e-9)));
  },
};
