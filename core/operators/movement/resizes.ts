import { refuse } from "../../faults.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import { repeated, viewAll } from "../../tensor/view.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { axisOf, checkOutput, identity, optional, required, valuesOf } from "../reading/requirements.ts";
import { inOrder } from "./order.ts";

/**
 * Ways to find the nearest place by which k places in a row are the same one when an axis grows k times. Place kq + r comes of
 * (kq + r) / k = q + r/k, rounded down, or of (kq + r + ½) / k − ½ = q + (r + ½)/k − ½, which lies less than ½ from q.
 *
 * The runtime computes that in float32, and takes what lies within 10⁻⁶ of a middle for the middle. On an axis that grows k times to
 * L = D · k places, all numbers up to L are exact, quotient and difference are below D and round by D · 2⁻²⁴ each, and the next
 * place begins no nearer than 1/(2k). With L < 2²¹ and k ≤ 2¹⁶ it is safe: D · 2⁻²³ < 1/(4k), and the other 1/(4k) > 3 · 10⁻⁶.
 */
export const REPEATING: readonly (readonly [coordinates: string, nearest: string])[] = [
  ["asymmetric", "floor"],
  ["half_pixel", "round_prefer_floor"],
  ["half_pixel", "round_prefer_ceil"],
  ["pytorch_half_pixel", "round_prefer_floor"],
  ["pytorch_half_pixel", "round_prefer_ceil"],
];

/** Places of the longest axis that grows, and how many times one does at most. */
const LONGEST = 2 ** 21 - 1;
const MOST_TIMES = 2 ** 16;

/** Every element `times` times, on every axis. */
function grown(node: GraphNode, x: Value, times: readonly number[]): Mapped {
  if (times.length !== x.dims.length || times.some((factor) => !Number.isInteger(factor) || factor < 1)) {
    refuse(`only whole factors are supported, one for each of ${x.dims.length} axes; they are [${times.join(", ")}]`);
  }
  const grownTo = x.dims.map((dim, i) => dim * times[i]);
  // INVARIANT: the runtime's rounding of a place is nowhere seen, or an honest run would be convicted.
  const far = grownTo.findIndex((dim, i) => times[i] > 1 && (dim > LONGEST || times[i] > MOST_TIMES));
  if (far !== -1) refuse(`axis ${far} grows ${times[far]} times to ${grownTo[far]} places: at most ${MOST_TIMES} times and ${LONGEST} places are supported`);
  checkOutput(node, grownTo);
  return inOrder(node, repeated(viewAll(x.dims), times, "each"));
}

/** The factors that a Resize is given on some axes; the others stay. */
function factorsOf(node: GraphNode, x: Value): number[] {
  const [scales, sizes] = node.opset < 11 ? [optional(node, 1), undefined] : [optional(node, 2), optional(node, 3)];
  const given = scales && valuesOf(scales, "its scales");
  const lengths = sizes && valuesOf(sizes, "its sizes");
  const named = node.attributes.ints("axes");
  const axes = named?.map((axis) => axisOf(axis, x.dims.length)) ?? identity(x.dims.length);
  const factors = given !== undefined && given.length > 0 ? given : axes.map((axis, i) => (lengths?.[i] ?? NaN) / x.dims[axis]);
  if (factors.length !== axes.length) refuse(`${factors.length} scales are given for ${axes.length} axes`);
  return x.dims.map((_, axis) => (axes.includes(axis) ? factors[axes.indexOf(axis)] : 1));
}

function readResize(node: GraphNode): Mapped {
  const x = required(node, 0);
  const { attributes, opset } = node;
  const mode = attributes.text("mode", "nearest");
  if (mode !== "nearest") refuse(`its mode ${mode} is not supported; nearest is`);
  const coordinates = opset < 11 ? "asymmetric" : attributes.text("coordinate_transformation_mode", "half_pixel");
  const nearest = opset < 11 ? "floor" : attributes.text("nearest_mode", "round_prefer_floor");
  if (!REPEATING.some(([c, n]) => c === coordinates && n === nearest)) refuse(`its coordinates ${coordinates} with ${nearest} do not repeat every element equally`);
  if (attributes.text("keep_aspect_ratio_policy", "stretch") !== "stretch") refuse("only keep_aspect_ratio_policy stretch is supported");
  // They say something of other modes only, or of a smaller output.
  attributes.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias");
  const times = factorsOf(node, x);
  attributes.refuseOthers();
  return grown(node, x, times);
}

/** Scales are an attribute up to opset 8, an input in 9; from 10 on the operator is Resize. */
function readUpsample(node: GraphNode): Mapped {
  const x = required(node, 0);
  const mode = node.attributes.text("mode", "nearest");
  if (mode !== "nearest") refuse(`its mode ${mode} is not supported; nearest is`);
  const times = node.opset < 9 ? node.attributes.floats("scales") : valuesOf(required(node, 1), "its scales");
  node.attributes.refuseOthers();
  return grown(node, x, times ?? refuse("its scales are missing"));
}

const REFUSED = ["scales or sizes that are computed or no whole factors", "an axis that grows more than 2¹⁶ times, or to 2²¹ places and more", "modes other than nearest"];
const ONLY = "of nearest elements, by whole factors";

export const RESIZES: Readonly<Record<string, OnnxForm>> = {
  Resize: { since: 10, shapedBy: "values", only: ONLY, refused: [...REFUSED, "coordinates by which elements do not repeat equally"], read: readResize },
  Upsample: { since: 7, shapedBy: "values", only: ONLY, refused: REFUSED, read: readUpsample },
};
