import type { Attribute, ModelTensor } from "./onnxModel.ts";
import type { Random } from "./random.ts";

/** Random Resize and Upsample nodes that the runtime has a kernel for. */
interface Node {
  readonly inputs: readonly (ModelTensor | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const text = (string: string): Attribute => ({ string });
const x = (dims: readonly number[]): ModelTensor => ({ dtype: 1, dims });
const factors = (values: readonly number[]): ModelTensor => ({ dtype: 1, dims: [values.length], raw: new Uint8Array(Float32Array.from(values).buffer) });
const wide = (values: readonly number[]): ModelTensor => ({ dtype: 7, dims: [values.length], raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });

const COORDINATES = ["half_pixel", "asymmetric", "pytorch_half_pixel", "align_corners"];

/** The axes that are resized, of a map of that mode. */
function mapOf(mode: string, random: Random): { readonly dims: readonly number[]; readonly axes: readonly number[] } {
  const size = (): number => random.int(1, 7);
  if (mode === "nearest") {
    const dims = Array.from({ length: random.int(1, 5) }, size);
    return { dims, axes: dims.map((_, axis) => axis) };
  }
  if (random.chance(0.3)) return { dims: [size(), size()], axes: [0, 1] };
  if (mode === "linear" && random.chance(0.3)) return { dims: [1, 2, size(), size(), size()], axes: [2, 3, 4] };
  return { dims: [random.int(1, 2), random.int(1, 3), size(), size()], axes: [2, 3] };
}

export function upsample(random: Random, opset: number): Node {
  const mode = random.pick(["nearest", "linear"]);
  const { dims, axes } = mapOf(mode, random);
  const scales = dims.map((_, axis) => (axes.includes(axis) ? random.pick([1.5, 2.25, 3.3, 1.2]) : 1));
  return { inputs: opset < 9 ? [x(dims)] : [x(dims), factors(scales)], attributes: { mode: text(mode), ...(opset < 9 && { scales: { floats: scales } }) } };
}

export function resize(random: Random, opset: number): Node {
  const mode = random.pick(opset < 11 ? ["nearest", "linear"] : ["nearest", "linear", "cubic"]);
  const { dims, axes } = mapOf(mode, random);
  // Whole factors of a nearest one are a movement by themselves.
  const scales = dims.map((_, axis) => (axes.includes(axis) ? random.pick([0.4, 0.6, 1.5, 2.3, 3.7]) : 1));
  const sizes = dims.map((dim, axis) => Math.max(1, Math.floor(dim * scales[axis])));
  const factorsFit = dims.every((dim, axis) => dim * scales[axis] >= 1);
  if (opset < 11) return { inputs: [x(dims), factors(scales.map((scale, axis) => (dims[axis] * scale >= 1 ? scale : 1.5)))], attributes: { mode: text(mode) } };
  const antialias = opset >= 18 && mode !== "nearest" && dims.length < 5 && random.chance(0.4);
  const crops = random.chance(0.2) && !antialias;
  const symmetric = opset >= 19 ? ["half_pixel_symmetric"] : [];
  const coordinates = crops ? "tf_crop_and_resize" : random.pick([...COORDINATES, ...symmetric, ...(opset < 13 ? ["tf_half_pixel_for_nn"] : [])]);
  const roi = crops ? factors([...dims.map((_, axis) => (axes.includes(axis) ? random.pick([0, 0.2, -0.3]) : 0)), ...dims.map((_, axis) => (axes.includes(axis) ? random.pick([1, 0.7, 1.4]) : 1))]) : opset < 13 ? factors([]) : null;
  const isFew = opset >= 18 && random.chance(0.3) && !crops;
  const list = (values: readonly number[]): readonly number[] => (isFew ? axes.map((axis) => values[axis]) : values);
  const bySize = !factorsFit || random.chance(0.4);
  const attributes = {
    mode: text(mode),
    coordinate_transformation_mode: text(coordinates),
    ...(mode === "nearest" && { nearest_mode: text(random.pick(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])) }),
    ...(mode === "cubic" && { cubic_coeff_a: { float: random.pick([-0.75, -0.5]) } }),
    ...((mode === "cubic" || antialias) && random.chance(0.5) && { exclude_outside: { int: 1 } }),
    ...(antialias && { antialias: { int: 1 } }),
    ...(crops && { extrapolation_value: { float: 2.5 } }),
    ...(isFew && { axes: { ints: axes } }),
    ...(bySize && isFew && random.chance(0.5) && { keep_aspect_ratio_policy: text(random.pick(["not_larger", "not_smaller"])) }),
  };
  const empty = opset < 13 ? factors([]) : null;
  return { inputs: bySize ? [x(dims), roi, empty, wide(list(sizes))] : [x(dims), roi, factors(list(scales))], attributes };
}
