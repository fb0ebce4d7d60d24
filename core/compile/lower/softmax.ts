import type { Lowering, Site } from "./lowering.ts";
import { axesFrom, axisOf, FLOAT, floatDims } from "./known.ts";
import { sum } from "./sums.ts";
import { Writer } from "./writer.ts";

/** Since this opset one axis is normalised; before, all axes from one on. */
const ONE_AXIS = 13;

/** What a Softmax normalises. */
export interface Normalised {
  readonly dims: readonly number[];
  readonly axes: readonly number[];
}

/** What a node of Softmax or LogSoftmax normalises; undefined where that is not known. */
export function normalisedBy({ opset, attributes, inputs: [x] }: Site): Normalised | undefined {
  const dims = floatDims(x);
  if (dims === undefined) return undefined;
  const axis = axisOf(attributes.int("axis", opset < ONE_AXIS ? 1 : -1), dims.length);
  if (axis === undefined) return undefined;
  return { dims, axes: opset < ONE_AXIS ? axesFrom(axis, dims.length) : [axis] };
}

/** x − m, of which no power overflows. */
export const belowGreatest = (w: Writer, x: string, axes: readonly number[]): string => w.sub(x, w.greatest(x, axes));

/** e^(x − m) / Σ e^(x − m). */
export const softmax: Lowering = {
  onnx: { Softmax: { since: 1, shapedBy: "shapes" } },
  into: ["ReduceMax", "Sub", "Exp", "MatMul", "Slice", "Reshape", "Div"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const normalised = normalisedBy(site);
    if (normalised === undefined) return undefined;
    const { dims, axes } = normalised;
    const w = new Writer(site);
    const powers = w.exp(belowGreatest(w, site.node.input[0], axes));
    return w.done(w.div(powers, sum(w, powers, dims, axes)));
  },
};
