import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { NodeInput } from "../support/ort.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { anything, dims, float, int64, numbers, octets, words } from "./support/draw.ts";
import { caseOf, type OnnxNode } from "./support/onnx.ts";

/** Any element type: what moves elements computes nothing. */
const drawAny = (random: Random, shape: readonly number[]): NodeInput =>
  random.chance(0.3) ? float(shape, random) : anything(random.pick(Object.values(DType).filter((type) => type !== DType.float16)), shape, random);

const told = (values: readonly number[]): NodeInput => ({ ...numbers([values.length], values), constant: true });

/** A random way to write `size` as a product. */
function factors(size: number, random: Random): number[] {
  const out: number[] = [];
  let rest = size;
  while (rest > 1 && out.length < 4) {
    const d = random.pick(Array.from({ length: rest }, (_, i) => i + 1).filter((divisor) => rest % divisor === 0));
    out.push(d);
    rest /= d;
  }
  return [...out, rest];
}

/** What a node has besides its first input and its type. */
type Move = Omit<OnnxNode, "inputs" | "output"> & { readonly to: readonly number[]; readonly more?: readonly (NodeInput | undefined)[] };

function slice(from: readonly number[], random: Random): Move {
  const axis = random.int(0, from.length - 1);
  const step = random.pick([1, 1, 2, 3, -1, -2]);
  const start = random.int(0, from[axis] - 1);
  const count = random.int(1, step > 0 ? Math.ceil((from[axis] - start) / step) : Math.floor(start / -step) + 1);
  const last = start + (count - 1) * step;
  // What lies before the axis is written as less than the negative of its length, what lies behind it as more.
  const end = step > 0 ? (last + step >= from[axis] ? random.pick([last + 1, 2n ** 63n - 1n]) : last + 1) : last + step < 0 ? random.pick([-from[axis] - random.int(1, 9), -(2n ** 63n)]) : last - 1;
  const to = from.map((dim, i) => (i === axis ? count : dim));
  return { op: "Slice", to, more: [[start], [end], [random.chance(0.5) ? axis : axis - from.length], [step]].map((list) => int64(list)) };
}

/** Ways to move the elements of a tensor of any shape. */
const OF_ANY: readonly ((from: readonly number[], random: Random) => Move)[] = [
  (from) => ({ op: "Identity", to: from }),
  (from, random) => {
    const axis = random.int(0, from.length);
    return { op: "Flatten", attributes: { axis: { int: axis } }, to: [sizeOf(from.slice(0, axis)), sizeOf(from.slice(axis))] };
  },
  (from, random) => {
    const to = factors(sizeOf(from), random);
    return { op: "Reshape", to, more: [int64(to)] };
  },
  (from, random) => {
    const perm = random.shuffle(from.map((_, axis) => axis));
    return { op: "Transpose", attributes: { perm: { ints: perm } }, to: perm.map((axis) => from[axis]) };
  },
  slice,
  slice,
  (from, random) => {
    const to = [...dims(random, 0, 2), ...from.map((dim) => (dim === 1 ? random.int(1, 4) : dim))];
    return { op: "Expand", to, more: [int64(to)] };
  },
  (from, random) => {
    const times = from.map(() => random.int(1, 3));
    return { op: "Tile", to: from.map((dim, i) => dim * times[i]), more: [int64(times)] };
  },
];

const COORDINATES = [["asymmetric", "floor"], ["half_pixel", "round_prefer_floor"], ["half_pixel", "round_prefer_ceil"], ["pytorch_half_pixel", "round_prefer_floor"]] as const;

/** A map whose elements are moved in blocks, or repeated, with the shape that it has. */
function ofMap(random: Random): { readonly from: readonly number[]; readonly types: readonly DType[]; readonly move: Move } {
  const [n, c, h, w, b] = [2, 3, 9, 9, 3].map((most) => random.int(1, most));
  const [deep, wide] = [[n, c * b * b, h, w], [n, c, h * b, w * b]];
  const blocksize = { int: b };
  const op = random.pick(["DepthToSpace", "SpaceToDepth", "Resize", "Upsample"]);
  if (op === "DepthToSpace") return { from: deep, types: [DType.float32], move: { op, attributes: { blocksize, mode: { string: random.pick(["DCR", "CRD"]) } }, to: wide } };
  if (op === "SpaceToDepth") return { from: wide, types: [DType.float32], move: { op, attributes: { blocksize }, to: deep } };
  const times = [1, 1, random.int(1, 4), random.int(1, 4)];
  const [from, to] = [[n, c, h, w], [n, c, h * times[2], w * times[3]]];
  const types = [DType.float32, DType.uint8, DType.int8];
  const mode = { string: "nearest" };
  if (op === "Upsample") return { from, types, move: { op, attributes: { mode }, opset: 9, to, more: [told(times)] } };
  const [coordinates, nearest] = random.pick(COORDINATES);
  const attributes = { mode, coordinate_transformation_mode: { string: coordinates }, nearest_mode: { string: nearest } };
  return { from, types, move: { op, attributes, to, more: random.chance(0.5) ? [undefined, told(times)] : [undefined, undefined, int64(to)] } };
}

const of = (x: NodeInput, { to, more = [], ...node }: Move, random?: Random) =>
  caseOf({ ...node, inputs: [x, ...more], output: { dtype: x.dtype as DType, dims: to } }, random);
const special = of(words([2], [0x80000000, 0x7fc00000]), { op: "Reshape", to: [1, 2], more: [int64([1, 2])] });

export const strided: OperatorCases = {
  keepsSigns: true,
  random(random) {
    if (random.chance(0.3)) {
      const { from, types, move } = ofMap(random);
      const dtype = random.pick(types);
      return of(dtype === DType.float32 ? float(from, random) : anything(dtype, from, random), move, random);
    }
    const x = drawAny(random, dims(random, 1, 5));
    return of(x, random.pick(OF_ANY)(x.dims, random), random);
  },
  special: [
    { about: "a zero has no sign", of: special, element: 0, leaves: [0], not: [1n] },
    { about: "a NaN has no payload", of: special, element: 1, leaves: [NaN] },
    { about: "row 1, column 0 is row 0, column 1", of: of(octets(2, [2, 3], [0, 1, 2, 3, 4, 5]), { op: "Transpose", to: [3, 2] }), element: 2, leaves: [1] },
    { about: "backwards", of: of(octets(2, [4], [9, 8, 7, 6]), { op: "Slice", to: [2], more: [int64([-1]), int64([-4]), int64([0]), int64([-2])] }), element: 1, leaves: [8] },
  ],
};
