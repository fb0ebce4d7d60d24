import { numbersOf } from "../../onnx/tensor.ts";
import { REPEATING } from "../../operators/movement/resizes.ts";
import { DType } from "../../tensor/dtype.ts";
import { axisOf, wholeDims } from "./known.ts";
import type { Known, Lowered, Lowering, Site } from "./lowering.ts";
import { isCoordinates, isNearest, tapsOf, type Mode, type Resizing } from "./resizeTaps.ts";
import { takenAlong, weightedAlong } from "./weighted.ts";
import { Writer } from "./writer.ts";

const MODES: readonly Mode[] = ["nearest", "linear", "cubic"];

/** Since these opsets sizes may be given, and coordinates of several kinds. */
const HAS_COORDINATES = 11;
const SCALES_ARE_INPUT = 9;

const f = Math.fround;

/** What a constant input says; undefined where there is none, or nothing in it. */
const stated = (known: Known | undefined): readonly number[] | undefined =>
  known?.constant === undefined || known.constant.dims.includes(0) ? undefined : numbersOf(known.constant);

/** Sizes after and factors, axis by axis. */
interface Scaling {
  readonly to: readonly number[];
  readonly scales: readonly number[];
}

/** As the runtime reads scales, or else sizes and what is to become of them where their factors differ. */
function scalingOf({ node, opset, attributes, inputs }: Site, dims: readonly number[]): Scaling | undefined {
  const isUpsample = node.opType === "Upsample";
  const place = isUpsample || opset < HAS_COORDINATES ? 1 : 2;
  const scales = isUpsample && opset < SCALES_ARE_INPUT ? attributes.floats("scales") : stated(inputs[place]);
  const sizes = isUpsample ? undefined : stated(inputs[3]);
  const given = (attributes.ints("axes") ?? dims.map((_, axis) => axis)).map((axis) => axisOf(axis, dims.length));
  const axes = given.filter((axis) => axis !== undefined);
  const list = scales ?? sizes;
  if (list === undefined || axes.length !== given.length || list.length !== axes.length) return undefined;
  const of = (values: readonly number[], other: (axis: number) => number): number[] => dims.map((_, axis) => (axes.includes(axis) ? values[axes.indexOf(axis)] : other(axis)));
  if (scales !== undefined) {
    const factors = of(scales.map(f), () => 1);
    return { scales: factors, to: dims.map((dim, axis) => Math.trunc(f(factors[axis] * dim))) };
  }
  const to = of(sizes!, (axis) => dims[axis]);
  const factors = to.map((size, axis) => f(size / dims[axis]));
  const policy = attributes.text("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return { scales: factors, to };
  const own = axes.map((axis) => factors[axis]);
  const one = policy === "not_larger" ? Math.min(...own) : Math.max(...own);
  return { scales: of(axes.map(() => one), () => 1), to: dims.map((dim, axis) => (axes.includes(axis) ? Math.round(f(one * dim)) : dim)) };
}

/** How every axis is resized; undefined where that is not known, or is nothing that the runtime does. */
function axesOf(site: Site, dims: readonly number[]): Resizing[] | undefined {
  const { opset, attributes, inputs } = site;
  const isNew = site.node.opType === "Resize" && opset >= HAS_COORDINATES;
  const mode = MODES.find((name) => name === attributes.text("mode", "nearest"));
  const coordinates = isNew ? attributes.text("coordinate_transformation_mode", "half_pixel") : "asymmetric";
  const nearest = isNew ? attributes.text("nearest_mode", "round_prefer_floor") : "";
  const scaling = scalingOf(site, dims);
  if (mode === undefined || scaling === undefined || !isCoordinates(coordinates) || !isNearest(nearest) || scaling.to.some((size) => size < 1)) return undefined;
  const crops = coordinates === "tf_crop_and_resize";
  const roi = crops ? stated(inputs[1]) : undefined;
  if (crops && (roi?.length !== 2 * dims.length || attributes.has("axes"))) return undefined;
  return dims.map((from, axis) => ({
    mode,
    coordinates,
    nearest,
    cubicA: f(attributes.float("cubic_coeff_a", -0.75)),
    excludesOutside: attributes.int("exclude_outside", 0) !== 0,
    antialias: attributes.int("antialias", 0) !== 0,
    from,
    to: scaling.to[axis],
    scale: scaling.scales[axis],
    start: f(roi?.[axis] ?? 0),
    end: f(roi?.[dims.length + axis] ?? 1),
  }));
}

/** Whether every element is repeated as often as any other, which is a movement by itself. */
const isRepetition = (axes: readonly Resizing[]): boolean =>
  axes.every(({ mode, coordinates, nearest, from, to, scale }) => {
    const isKnown = nearest === "" || REPEATING.some(([c, n]) => c === coordinates && n === nearest);
    return mode === "nearest" && isKnown && Number.isInteger(scale) && to === from * scale;
  });

function resized({ node, attributes }: Site, w: Writer, axes: readonly Resizing[]): string {
  let x = node.input[0];
  let dims: readonly number[] = axes.map(({ from }) => from);
  const taps = axes.map(tapsOf);
  const changes = axes.flatMap((axis, i) => (axis.to !== axis.from || axis.scale !== 1 ? [i] : []));
  // The last axis first, as the runtime does it where the order shows.
  for (const axis of changes.reverse()) {
    x = weightedAlong(w, x, dims, axis, taps[axis]);
    dims = dims.map((dim, i) => (i === axis ? axes[axis].to : dim));
  }
  for (const axis of changes) {
    const { isOutside } = taps[axis];
    if (!isOutside.includes(true)) continue;
    const shape = dims.map((dim, i) => (i === axis ? 1 : dim));
    const outside = w.constant(shape, new Float32Array(shape.reduce((n, dim) => n * dim, 1)).fill(attributes.float("extrapolation_value", 0)));
    x = takenAlong(w, w.concat([x, outside], axis), axis, isOutside.map((is, i) => (is ? dims[axis] : i)));
  }
  return x;
}

/** Elements between others: along one axis after the other, weighted sums of the nearest ones. */
export const resize: Lowering = {
  onnx: { Resize: { since: 10, shapedBy: "values" }, Upsample: { since: 7, shapedBy: "values" } },
  into: ["Gather", "Mul", "Add", "MatMul", "Concat", "Reshape", "Identity"],
  difference: "portable",
  where: "its scales or sizes are constants and its elements are not repeated equally; between elements, where its input is float32",
  rewrite(site): Lowered | undefined {
    const dims = wholeDims(site.inputs[0]);
    if (dims === undefined || dims.length === 0) return undefined;
    const axes = axesOf(site, dims);
    if (axes === undefined || isRepetition(axes)) return undefined;
    const crops = axes[0].coordinates === "tf_crop_and_resize";
    if (site.inputs[0]!.dtype !== DType.float32 && (axes[0].mode !== "nearest" || crops)) return undefined;
    const w = new Writer(site);
    // Where no size changes, the runtime copies whatever the scales are.
    const x = axes.every(({ from, to }) => from === to) ? site.node.input[0] : resized(site, w, axes);
    return w.done(x === site.node.input[0] ? w.of("Identity", [x]) : x);
  },
};
