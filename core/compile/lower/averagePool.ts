import type { AttributeProto } from "../../onnx/onnx_pb.js";
import { sizeOf } from "../../tensor/shape.ts";
import { integerAttribute, integersAttribute, type Lowering, type Site } from "./lowering.ts";
import { axesFrom, FLOAT, floatDims } from "./known.ts";
import { mean } from "./sums.ts";
import { filled, Writer } from "./writer.ts";

/** A window along one axis, and over how many numbers it averages at each of its places. */
interface Along {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  /** As much padding as the last window reaches into. */
  readonly after: number;
  readonly counts: readonly number[];
}

/** The windows of a pool, axis by axis; undefined where one lies in the padding entirely, or an attribute is none of a pool's. */
function windowsOf({ attributes }: Site, spatial: readonly number[]): Along[] | undefined {
  const rank = spatial.length;
  const ones = new Array<number>(rank).fill(1);
  const kernels = attributes.ints("kernel_shape") ?? [];
  const strides = attributes.ints("strides") ?? ones;
  const dilations = attributes.ints("dilations") ?? ones;
  const pads = attributes.ints("pads") ?? new Array<number>(2 * rank).fill(0);
  const auto = attributes.text("auto_pad", "NOTSET");
  const lists = [kernels, strides, dilations];
  if (lists.some((list) => list.length !== rank || list.some((n) => n < 1)) || pads.length !== 2 * rank || pads.some((n) => n < 0)) return undefined;
  const isStated = auto === "NOTSET" || auto === "";
  const includesPads = attributes.int("count_include_pad", 0) !== 0;
  const rounding = attributes.int("ceil_mode", 0) !== 0 ? Math.ceil : Math.floor;
  const windows = spatial.map((size, i): Along => {
    const [kernel, stride, dilation] = [kernels[i], strides[i], dilations[i]];
    const reach = (kernel - 1) * dilation + 1;
    let [before, after] = isStated ? [pads[i], pads[rank + i]] : [0, 0];
    if (auto.startsWith("SAME")) {
      const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
      before = auto === "SAME_UPPER" ? Math.floor(all / 2) : Math.ceil(all / 2);
      after = all - before;
    }
    let places = rounding((size + before + after - reach) / stride) + 1;
    // A window that begins behind the map and its first padding is none.
    if ((places - 1) * stride >= size + before) places--;
    const [least, end] = includesPads ? [-before, size + after] : [0, size];
    const counts = Array.from({ length: places }, (_, place) => {
      const start = place * stride - before;
      return Array.from({ length: kernel }, (_, k) => start + k * dilation).filter((at) => at >= least && at < end).length;
    });
    return { kernel, stride, dilation, before, after: Math.max(0, (places - 1) * stride + reach - size - before), counts };
  });
  return windows.some(({ counts }) => counts.length === 0 || counts.includes(0)) ? undefined : windows;
}

const convolution = (windows: readonly Along[], channels: number): AttributeProto[] => [
  integersAttribute("dilations", windows.map(({ dilation }) => dilation)),
  integerAttribute("group", channels),
  integersAttribute("kernel_shape", windows.map(({ kernel }) => kernel)),
  integersAttribute("pads", [...windows.map(({ before }) => before), ...windows.map(({ after }) => after)]),
  integersAttribute("strides", windows.map(({ stride }) => stride)),
];

/** How many numbers every window averages over, row-major. */
const countsOf = (windows: readonly Along[]): number[] =>
  windows.reduce<number[]>((product, { counts }) => product.flatMap((outer) => counts.map((count) => outer * count)), [1]);

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
    const [x] = site.node.input;
    const dims = floatDims(site.inputs[0]);
    if (dims === undefined || dims.length < 3 || dims.length > 5) return undefined;
    const spatial = axesFrom(2, dims.length).map((axis) => dims[axis]);
    const windows = windowsOf(site, spatial);
    if (windows === undefined) return undefined;
    const counts = countsOf(windows);
    const isEven = counts.every((count) => count === counts[0]);
    const w = new Writer(site);
    if (counts.length === 1 && counts[0] === sizeOf(spatial)) return w.doneAs(mean(w, x, dims, axesFrom(2, dims.length)), [...dims.slice(0, 2), ...spatial.map(() => 1)]);
    const shape = [dims[1], 1, ...windows.map(({ kernel }) => kernel)];
    const weights = w.constant(shape, filled(shape, isEven ? 1 / counts[0] : 1));
    const sums = w.of("Conv", [x, weights], convolution(windows, dims[1]));
    if (isEven) return w.done(sums);
    return w.done(w.div(sums, w.constant(windows.map((window) => window.counts.length), Float32Array.from(counts))));
  },
};
