import { DType } from "../../tensor/dtype.ts";
import { rowMajorStrides, sizeOf } from "../../tensor/shape.ts";
import { cast } from "./greatest.ts";
import { floatDims } from "./known.ts";
import { integerAttribute, type Lowering, type Site } from "./lowering.ts";
import { filled, Writer } from "./writer.ts";

/** Since these opsets numbers are rounded, and Clip has its ends as inputs; no file with a GridSample is older. */
const SINCE = 16;

const MODES: Readonly<Record<string, "nearest" | "linear" | "cubic">> = { nearest: "nearest", linear: "linear", bilinear: "linear", cubic: "cubic", bicubic: "cubic" };
type Padding = "zeros" | "border" | "reflection";
const PADDINGS: readonly string[] = ["zeros", "border", "reflection"] satisfies Padding[];

/** How an axis of the picture is read. */
interface Axis {
  readonly length: number;
  readonly alignsCorners: boolean;
  readonly padding: Padding;
}

/** A place on an axis that a sample is made of, a whole number, and how much it weighs; undefined where it is all. */
interface Tap {
  readonly place: string;
  readonly weight?: string;
}

/** Where a coordinate of −1 to 1 lies on the axis: from its first element's middle to its last one's, or from edge to edge. */
function located(w: Writer, coordinate: string, { length, alignsCorners }: Axis): string {
  const shifted = w.add(coordinate, 1);
  return alignsCorners ? w.mul(w.div(shifted, 2), length - 1) : w.div(w.sub(w.mul(shifted, length), 1), 2);
}

/** Thrown back at the ends of the axis as often as it takes: with the place t behind the first end, and s the span, s − |t mod 2s − s|. */
function reflected(w: Writer, x: string, { length, alignsCorners }: Axis): string {
  const [first, span] = alignsCorners ? [0, length - 1] : [-0.5, length];
  const behind = w.sub(x, first);
  const within = w.sub(behind, w.mul(w.of("Floor", [w.div(behind, 2 * span)]), 2 * span));
  return w.add(w.sub(span, w.abs(w.sub(within, span))), first);
}

/** The place that is read: what lies beyond an end is the end, in a picture with zeros around it a zero. */
function readAt(w: Writer, x: string, { length, padding }: Axis): string {
  return padding === "zeros" ? w.add(w.clip(x, -1, length), 1) : w.clip(x, 0, length - 1);
}

/** Weights of the four places around by their distances t, by the polynomials of Keys with a = −3/4: of the outer two, and the inner. */
const outer = (w: Writer, t: string): string => w.sub(w.mul(w.sub(w.mul(w.sub(w.mul(-0.75, t), -3.75), t), 6), t), -3);
const inner = (w: Writer, t: string): string => w.add(w.mul(w.mul(w.sub(w.mul(1.25, t), 2.25), t), t), 1);

function tapsOf(w: Writer, coordinate: string, axis: Axis, mode: "nearest" | "linear" | "cubic"): Tap[] {
  const isReflected = axis.padding === "reflection";
  const at = located(w, coordinate, axis);
  const near = mode === "nearest" ? w.of("Round", [at]) : at;
  const x = isReflected ? reflected(w, near, axis) : axis.padding === "border" ? w.clip(near, 0, axis.length - 1) : near;
  if (mode === "nearest") return [{ place: readAt(w, x, axis) }];
  const below = w.of("Floor", [x]);
  const above = w.add(below, 1);
  const after = w.sub(x, below);
  const before = w.sub(above, x);
  if (mode === "linear") return [{ place: readAt(w, below, axis), weight: before }, { place: readAt(w, above, axis), weight: after }];
  const weights = [outer(w, w.add(after, 1)), inner(w, after), inner(w, w.sub(1, after)), outer(w, w.sub(2, after))];
  const places = [w.sub(below, 1), below, above, w.add(below, 2)];
  return places.map((place, i) => ({ place: readAt(w, isReflected ? reflected(w, place, axis) : place, axis), weight: weights[i] }));
}

/** The picture as rows of what all its channels hold at a place, with zeros around it where these are read. */
function rowsOf(w: Writer, x: string, [batch, channels, ...spatial]: readonly number[], isPadded: boolean): { rows: string; sizes: readonly number[] } {
  let rows = w.transpose(x, [0, ...spatial.map((_, k) => k + 2), 1]);
  const sizes = [...spatial];
  for (const k of isPadded ? sizes.keys() : []) {
    const edge = [batch, ...sizes.with(k, 1), channels];
    const zeros = w.constant(edge, filled(edge, 0));
    rows = w.concat([zeros, rows, zeros], k + 1);
    sizes[k] += 2;
  }
  return { rows: w.reshape(rows, [batch, ...sizes, channels], [batch * sizeOf(sizes), channels]), sizes };
}

/** Which of the modes a node states; undefined where it is none, or of none of these sizes. */
function sampling({ attributes, inputs: [x] }: Site, spatial: readonly number[]): { mode: "nearest" | "linear" | "cubic"; axes: readonly Axis[] } | undefined {
  const mode = MODES[attributes.text("mode", "linear")];
  const padding = attributes.text("padding_mode", "zeros");
  const alignsCorners = attributes.int("align_corners", 0) !== 0;
  if (mode === undefined || !PADDINGS.includes(padding) || floatDims(x) === undefined || (mode === "cubic" && spatial.length !== 2)) return undefined;
  // Between the corners of a single element nothing is thrown back: the runtime divides by zero.
  if (padding === "reflection" && alignsCorners && spatial.includes(1)) return undefined;
  return { mode, axes: spatial.map((length) => ({ length, alignsCorners, padding: padding as Padding })) };
}

/** Every sample is a weighted sum of elements, axis by axis, which are taken at places that are computed. */
export const gridSample: Lowering = {
  onnx: { GridSample: { since: SINCE, shapedBy: "shapes" } },
  into: ["Transpose", "Concat", "Reshape", "Slice", "Add", "Sub", "Mul", "Div", "Round", "Floor", "Abs", "Clip", "Cast", "Gather"],
  difference: "portable",
  where: "picture and grid are float32, and what is reflected between corners is longer than 1",
  rewrite(site) {
    const { inputs, node } = site;
    const [dims, grid] = [floatDims(inputs[0]), floatDims(inputs[1])];
    if (dims === undefined || dims.length < 4 || dims.length > 5 || grid?.length !== dims.length || grid.at(-1) !== dims.length - 2 || grid[0] !== dims[0]) return undefined;
    const [batch, channels, ...spatial] = dims;
    const [samples, out] = [sizeOf(grid.slice(0, -1)), grid.slice(1, -1)];
    const chosen = sampling(site, spatial);
    if (chosen === undefined) return undefined;
    const w = new Writer(site);
    const { rows, sizes } = rowsOf(w, node.input[0], dims, chosen.axes[0].padding === "zeros");
    const coordinates = w.reshape(node.input[1], grid, [samples, spatial.length]);
    // The last coordinate is that of the first axis.
    const taps = chosen.axes.map((axis, k) => tapsOf(w, w.slice(coordinates, 1, spatial.length - 1 - k, spatial.length - k), axis, chosen.mode));
    const strides = rowMajorStrides(sizes);
    const first = BigInt64Array.from({ length: samples }, (_, i) => BigInt(Math.floor(i / (samples / batch)) * sizeOf(sizes)));
    const steps = taps.map((own, k) => own.map(({ place }) => w.mul(cast(w, place, DType.int64), w.integer(DType.int64, strides[k]))));
    const sum = (k: number, row: string): string => {
      if (k === taps.length) return w.of("Gather", [rows, w.reshape(row, [samples, 1], [samples])], [integerAttribute("axis", 0)]);
      const parts = taps[k].map(({ weight }, i) => {
        const value = sum(k + 1, w.add(row, steps[k][i]));
        return weight === undefined ? value : w.mul(value, weight);
      });
      return parts.reduce((a, b) => w.add(a, b));
    };
    const sampled = sum(0, w.keep({ dtype: DType.int64, dims: [samples, 1], data: new Uint8Array(first.buffer) }));
    return w.done(w.transpose(w.reshape(sampled, [samples, channels], [batch, ...out, channels]), [0, out.length + 1, ...out.map((_, k) => k + 1)]));
  },
};
