import { sizeOf } from "../../tensor/shape.ts";
import { integerAttribute, type Lowering } from "./lowering.ts";
import { axesFrom, FLOAT, floatDims } from "./known.ts";
import { mean } from "./sums.ts";
import { isMap, placesOf, reached, windowAttributes, windowsOf, type Along } from "./windows.ts";
import { filled, Writer } from "./writer.ts";

/** Over how many numbers the window averages at each of its places along an axis. */
function countsAlong({ size, kernel, stride, dilation, before, after }: Along, places: number, includesPads: boolean): number[] {
  const [least, end] = includesPads ? [-before, size + after] : [0, size];
  return Array.from({ length: places }, (_, place) => {
    const start = place * stride - before;
    return Array.from({ length: kernel }, (_, k) => start + k * dilation).filter((at) => at >= least && at < end).length;
  });
}

/** The same of all places of a map, row-major. */
const productOf = (counts: readonly (readonly number[])[]): number[] =>
  counts.reduce<number[]>((product, along) => product.flatMap((outer) => along.map((count) => outer * count)), [1]);

/**
 * The mean of a map where one window covers it. Otherwise a depthwise convolution with the same weight everywhere; where windows
 * average over different numbers, the sums of it, divided.
 */
export const averagePool: Lowering = {
  onnx: { AveragePool: { since: 1, shapedBy: "shapes" } },
  into: ["MatMul", "Slice", "Reshape", "Conv", "Div"],
  difference: "portable",
  where: `${FLOAT} with one to three spatial axes, and no window lies in the padding entirely`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    if (dims === undefined || !isMap(dims)) return undefined;
    const spatial = dims.slice(2);
    const windows = windowsOf(attributes, spatial, attributes.ints("kernel_shape") ?? []);
    if (windows === undefined) return undefined;
    const [isCeil, includesPads] = ["ceil_mode", "count_include_pad"].map((name) => attributes.int(name, 0) !== 0);
    const places = windows.map((along) => placesOf(along, isCeil));
    const along = windows.map((window, i) => countsAlong(window, places[i], includesPads));
    if (along.some((counts) => counts.length === 0 || counts.includes(0))) return undefined;
    const counts = productOf(along);
    const isEven = counts.every((count) => count === counts[0]);
    const [x] = node.input;
    const w = new Writer(site);
    if (counts.length === 1 && counts[0] === sizeOf(spatial)) return w.doneAs(mean(w, x, dims, axesFrom(2, dims.length)), [...dims.slice(0, 2), ...spatial.map(() => 1)]);
    const shape = [dims[1], 1, ...windows.map(({ kernel }) => kernel)];
    const weights = w.constant(shape, filled(shape, isEven ? 1 / counts[0] : 1));
    const convolution = [integerAttribute("group", dims[1]), ...windowAttributes(windows.map((window, i) => reached(window, places[i])))];
    const sums = w.of("Conv", [x, weights], convolution);
    return w.done(isEven ? sums : w.div(sums, w.constant(places, Float32Array.from(counts))));
  },
};
