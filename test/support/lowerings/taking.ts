/** Random graphs of the operators that take, join and place elements, and nodes of them that no lowering takes. */
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import type { graphModel } from "../graph.ts";
import type { Random } from "../random.ts";

type Graph = Parameters<typeof graphModel>[0];
type Spec = Graph["inputs"][number];
type Constant = Graph["constants"][number];
type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

interface Cases {
  /** The last opset for which the runtime has a kernel. */
  readonly until?: number;
  readonly taken: (random: Random, opset: number) => Omit<Graph, "opset">;
  readonly left: Readonly<Record<string, Graph>>;
}

const TYPES = [DType.float32, DType.int32, DType.int64, DType.uint8, DType.bool] as const;

const of = (name: string, dtype: DType, dims?: readonly number[]): Spec => ({ name, dtype, dims });
const wide = (name: string, dims: readonly number[], values: readonly number[]): Constant => ({ ...of(name, DType.int64, dims), raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });
const list = (name: string, values: readonly number[]): Constant => wide(name, [values.length], values);
const bits = (name: string, dtype: DType, dims: readonly number[], random: Random): Constant => ({
  ...of(name, dtype, dims),
  raw: Uint8Array.from({ length: sizeOf(dims) * widthOf(dtype) }, () => random.int(0, dtype === DType.bool ? 1 : 127)),
});
const shape = (random: Random, least: number, most: number, longest = 4): number[] => Array.from({ length: random.int(least, most) }, () => random.int(1, longest));

/** One node of that operator on x, constants, and other inputs. */
const node = (op: string, x: Spec, constants: readonly Constant[], attributes: Attributes, more: readonly string[] = constants.map(({ name }) => name), others: readonly Spec[] = []): Omit<Graph, "opset"> => ({
  inputs: [x, ...others],
  constants,
  nodes: [[op, ["x", ...more], "y", attributes]],
  outputs: [of("y", x.dtype)],
});

/** x and what the operator says of its shape. */
const added = (op: string, dims: readonly number[], attributes: Attributes): Omit<Graph, "opset"> => ({
  inputs: [of("x", DType.float32, dims)],
  constants: [],
  nodes: [[op, ["x"], "s", attributes], ["Cast", ["s"], "f", { to: DType.float32 }], ["Add", ["x", "f"], "y"]],
  outputs: [of("y", DType.float32)],
});

/** Indices 0 or 1, or their negatives, of which nobody can tell that they are: they come of bools by way of fractions. */
function gathered(op: string, random: Random, dims: readonly number[], indices: readonly number[], attributes: Attributes): Omit<Graph, "opset"> {
  const x = of("x", random.pick(TYPES), dims);
  return {
    inputs: [x, of("b", DType.bool, indices)],
    constants: [],
    nodes: [["Cast", ["b"], "f", { to: DType.float32 }], ["Cast", ["f"], "i", { to: op === "GatherND" || random.chance(0.5) ? DType.int64 : DType.int32 }], [op, ["x", "i"], "y", attributes]],
    outputs: [of("y", x.dtype)],
  };
}

/** How updates are combined, and of which type they are. */
function combining(random: Random, opset: number): [reduction: string, dtype: DType] {
  const reduction = opset < 16 ? "none" : random.pick(opset < 18 ? ["none", "add", "mul"] : ["none", "add", "mul", "max", "min"]);
  return [reduction, random.pick(reduction === "none" ? TYPES : [DType.float32, DType.int32, DType.int64])];
}

/** Computed indices of all places on axes of these lengths, some of them counted from the end: they come of bytes. */
function scattered(op: string, random: Random, x: Spec, indices: readonly number[], lengths: readonly number[], attributes: Attributes, updates: readonly number[]): Omit<Graph, "opset"> {
  const dtype = op !== "ScatterND" && random.chance(0.5) ? DType.int32 : DType.int64;
  const whole = (name: string, values: readonly number[]): Constant => ({ ...of(name, dtype, [values.length]), raw: new Uint8Array((dtype === DType.int64 ? BigInt64Array.from(values, BigInt) : Int32Array.from(values)).buffer) });
  return {
    inputs: [x, of("b", DType.uint8, indices), of("u", x.dtype, updates)],
    constants: [whole("twice", lengths.map((length) => 2 * length)), whole("once", lengths)],
    nodes: [["Cast", ["b"], "c", { to: dtype }], ["Mod", ["c", "twice"], "m"], ["Sub", ["m", "once"], "i"], [op, ["x", "i", "u"], "y", attributes]],
    outputs: [of("y", x.dtype)],
  };
}

const two = (random: Random, least: number, most: number): number[] => shape(random, least, most).map((dim) => dim + 1);

const cases = {
  Gather: {
    taken(random, opset) {
      const dims = two(random, 1, 3);
      const axis = random.int(0, dims.length - 1);
      return gathered("Gather", random, dims, shape(random, 0, 2), { axis: opset >= 11 && random.chance(0.5) ? axis - dims.length : axis });
    },
    left: {
      "by constants": { inputs: [of("x", DType.float32, [3])], constants: [list("i", [2, -1])], nodes: [["Gather", ["x", "i"], "y"]], outputs: [of("y", DType.float32)] },
      "by what is no greater than the axis is long": {
        inputs: [of("x", DType.float32, [2]), of("b", DType.bool, [3])],
        constants: [],
        nodes: [["Cast", ["b"], "i", { to: DType.int64 }], ["Gather", ["x", "i"], "y"]],
        outputs: [of("y", DType.float32)],
      },
    },
  },
  GatherElements: {
    taken(random) {
      const dims = two(random, 1, 3);
      return gathered("GatherElements", random, dims, dims.map((dim) => random.int(1, dim)), { axis: random.int(-dims.length, dims.length - 1) });
    },
    left: {},
  },
  GatherND: {
    taken(random, opset) {
      const dims = two(random, 1, 4);
      const batches = opset < 12 ? 0 : random.int(0, dims.length - 1);
      const count = random.int(1, dims.length - batches);
      return gathered("GatherND", random, dims, [...dims.slice(0, batches), ...shape(random, 0, 2), count], opset < 12 ? {} : { batch_dims: batches });
    },
    left: {},
  },
  Pad: {
    taken(random, opset) {
      const dtype = opset < 11 ? DType.float32 : random.pick([DType.float32, DType.int32, DType.int64, DType.uint8]);
      const dims = shape(random, 1, 4, 5);
      const mode = random.pick(opset < 19 ? ["constant", "edge", "reflect"] : ["constant", "edge", "reflect", "wrap"]);
      const most = (dim: number): number => (mode === "constant" ? 3 : mode === "edge" ? 3 : dim - 1);
      const axes = opset >= 18 && random.chance(0.4) ? [random.int(0, dims.length - 1)] : dims.map((_, axis) => axis);
      // What is taken away from an axis is as little as leaves some of it.
      const side = (axis: number): number => (mode === "constant" && dims[axis] > 2 && random.chance(0.2) ? -1 : random.int(0, most(dims[axis])));
      const pads = [0, 1].flatMap(() => axes.map(side));
      const x = of("x", dtype, dims);
      if (opset < 11) return node("Pad", x, [], { mode, pads });
      const constants = [list("pads", pads)];
      const isFew = axes.length < dims.length || random.chance(0.2);
      const value = random.pick(["none", "constant", "computed"]);
      const all = opset >= 18 && isFew ? [...constants, list("axes", axes.map((axis) => (random.chance(0.5) ? axis : axis - dims.length)))] : constants;
      const more = (own: readonly Constant[], name: string) => ["pads", name, ...(own.length > 1 ? ["axes"] : [])];
      if (mode !== "constant" || value === "none") return node("Pad", x, all, { mode }, more(all, ""));
      if (value === "computed") return node("Pad", x, all, { mode }, more(all, "v"), [of("v", dtype, [])]);
      return node("Pad", x, [...all, bits("v", dtype, [], random)], { mode }, more(all, "v"));
    },
    left: { "by computed pads": { ...node("Pad", of("x", DType.float32, [2]), [], {}, ["p"], [of("p", DType.int64, [2])]), opset: 13 } },
  },
  ...Object.fromEntries(
    (["ScatterElements", "Scatter"] as const).map((op) => [
      op,
      {
        ...(op === "Scatter" && { until: 10 }),
        taken(random: Random, opset: number) {
          const dims = shape(random, 1, 3, 5);
          const own = dims.map((dim) => random.int(1, dim));
          const axis = random.int(0, dims.length - 1);
          const [reduction, dtype] = combining(random, op === "Scatter" ? 11 : opset);
          const attributes = { axis, ...(reduction !== "none" && { reduction }) };
          if (opset >= 10 && random.chance(0.5)) return scattered(op, random, of("x", dtype, dims), own, [dims[axis]], attributes, own);
          const indices = wide("i", own, Array.from({ length: sizeOf(own) }, () => random.int(-dims[axis], dims[axis] - 1)));
          return node(op, of("x", dtype, dims), [indices], attributes, ["i", "u"], [of("u", dtype, own)]);
        },
        left: {
          "at more computed places than are compared": { ...node(op, of("x", DType.float32, [2049]), [], {}, ["i", "u"], [of("i", DType.int64, [2048]), of("u", DType.float32, [2048])]), opset: op === "Scatter" ? 10 : 13 },
        },
      } satisfies Cases,
    ]),
  ),
  ScatterND: {
    taken(random, opset) {
      const dims = shape(random, 1, 3, 4);
      const count = random.int(1, dims.length);
      const named = shape(random, 0, 2, 3);
      const [reduction, dtype] = combining(random, opset);
      const attributes: Attributes = reduction === "none" ? {} : { reduction };
      const updates = [...named, ...dims.slice(count)];
      if (random.chance(0.5)) return scattered("ScatterND", random, of("x", dtype, dims), [...named, count], dims.slice(0, count), attributes, updates);
      const indices = wide("i", [...named, count], Array.from({ length: sizeOf(named) * count }, (_, i) => random.int(-dims[i % count], dims[i % count] - 1)));
      return node("ScatterND", of("x", dtype, dims), [indices], attributes, ["i", "u"], [of("u", dtype, updates)]);
    },
    left: {
      "that combines more updates than it takes at computed places": { ...node("ScatterND", of("x", DType.float32, [2]), [], { reduction: "add" }, ["i", "u"], [of("i", DType.int64, [129, 1]), of("u", DType.float32, [129])]), opset: 16 },
    },
  },
  MaxUnpool: {
    taken(random) {
      const [kernel, map] = [shape(random, 1, 2), shape(random, 2, 2)];
      const strides = kernel.map((size) => random.int(1, size));
      const spatial = kernel.map(() => random.int(1, 3));
      const inferred = [...map, ...spatial.map((size, k) => (size - 1) * strides[k] + kernel[k])];
      const isStated = random.chance(0.5);
      const output = isStated ? inferred.map((size, k) => size + (k < 2 ? 0 : random.int(0, 2))) : inferred;
      const places = [...map, ...spatial];
      return {
        inputs: [of("x", DType.float32, places), of("b", DType.uint8, places)],
        constants: [{ ...wide("n", [], [sizeOf(output)]) }, ...(isStated ? [list("s", output)] : [])],
        nodes: [["Cast", ["b"], "c", { to: DType.int64 }], ["Mod", ["c", "n"], "i"], ["MaxUnpool", ["x", "i", ...(isStated ? ["s"] : [])], "y", { kernel_shape: kernel, strides }]],
        outputs: [of("y", DType.float32)],
      };
    },
    left: {
      "to a computed shape": { ...node("MaxUnpool", of("x", DType.float32, [1, 1, 2]), [], { kernel_shape: [2] }, ["i", "s"], [of("i", DType.int64, [1, 1, 2]), of("s", DType.int64, [3])]), opset: 11 },
    },
  },
  Col2Im: {
    taken(random) {
      const block = shape(random, 1, 3, 3);
      const [dilations, strides] = [block.map(() => (block.length === 2 ? random.int(1, 2) : 1)), block.map(() => random.int(1, 3))];
      const pads = [0, 1].flatMap(() => block.map(() => random.int(0, 2)));
      const rank = block.length;
      const image = block.map((size, k) => Math.max(1, (size - 1) * dilations[k] + 1 + random.int(0, 4) - pads[k] - pads[k + rank]));
      const windows = image.map((size, k) => Math.floor((size + pads[k] + pads[k + rank] - (block[k] - 1) * dilations[k] - 1) / strides[k]) + 1);
      const x = of("x", DType.float32, [random.int(1, 2), random.int(1, 3) * sizeOf(block), sizeOf(windows)]);
      return node("Col2Im", x, [list("image", image), list("block", block)], { dilations, strides, pads }, ["image", "block"]);
    },
    left: {
      "of dilated blocks on one axis": { ...node("Col2Im", of("x", DType.float32, [1, 2, 3]), [list("image", [5]), list("block", [2])], { dilations: [2] }), opset: 18 },
      "of a computed image": { ...node("Col2Im", of("x", DType.float32, [1, 4, 1]), [list("block", [2, 2])], {}, ["image", "block"], [of("image", DType.int64, [2])]), opset: 18 },
    },
  },
  CumProd: {
    taken(random) {
      const dims = shape(random, 1, 3, 6);
      const axis = wide("axis", [], [random.int(-dims.length, dims.length - 1)]);
      return node("CumProd", of("x", random.pick([DType.float32, DType.int32, DType.int64]), dims), [axis], { exclusive: random.int(0, 1), reverse: random.int(0, 1) });
    },
    left: {
      "along a computed axis": { ...node("CumProd", of("x", DType.float32, [2]), [], {}, ["axis"], [of("axis", DType.int64, [])]), opset: 26 },
      "of many elements": { ...node("CumProd", of("x", DType.float32, [257]), [wide("axis", [], [0])], {}), opset: 26 },
    },
  },
  BitCast: {
    taken(random) {
      const pair = random.pick([[DType.int8, DType.uint8], [DType.int16, DType.uint16], [DType.int32, DType.uint32], [DType.int64, DType.uint64]] as const);
      const [from, to] = random.chance(0.5) ? pair : pair.toReversed();
      return { ...node("BitCast", of("x", from, shape(random, 0, 3)), [], { to }), outputs: [of("y", to)] };
    },
    left: { "of a fraction": { ...node("BitCast", of("x", DType.float32, [2]), [], { to: DType.int32 }), outputs: [of("y", DType.int32)], opset: 26 } },
  },
  ReverseSequence: {
    taken(random) {
      const dims = shape(random, 2, 4, 5);
      const time = random.int(0, 1);
      const lengths = Array.from({ length: dims[1 - time] }, () => random.int(1, dims[time]));
      return node("ReverseSequence", of("x", random.pick(TYPES), dims), [list("l", lengths)], { time_axis: time, batch_axis: 1 - time });
    },
    left: { "of computed lengths": node("ReverseSequence", of("x", DType.float32, [3, 2]), [], {}, ["l"], [of("l", DType.int64, [2])]) },
  },
  Compress: {
    taken(random, opset) {
      const dims = shape(random, 1, 3, 5);
      const axis = random.chance(0.5) ? undefined : random.int(0, dims.length - 1);
      const length = random.int(1, axis === undefined ? sizeOf(dims) : dims[axis]);
      const condition = { ...of("c", DType.bool, [length]), raw: Uint8Array.from({ length }, (_, i) => (i === 0 ? 1 : random.int(0, 1))) };
      return node("Compress", of("x", random.pick(TYPES), dims), [condition], axis === undefined ? {} : { axis: opset >= 11 && random.chance(0.5) ? axis - dims.length : axis });
    },
    left: { "by a computed condition": { ...node("Compress", of("x", DType.float32, [2]), [], {}, ["c"], [of("c", DType.bool, [2])]), opset: 13 } },
  },
  Concat: {
    taken(random) {
      const dims = shape(random, 1, 3);
      const axis = random.int(0, dims.length - 1);
      const dtype = random.pick(TYPES);
      const sized = (dim: number): number[] => dims.map((size, i) => (i === axis ? dim : size));
      const kind = random.pick(["one", "empty", "many"]);
      const names = Array.from({ length: kind === "one" ? 0 : kind === "empty" ? 2 : random.int(16, 40) }, (_, i) => `x${i}`);
      const empty = kind === "empty" ? [{ ...of("e", dtype, sized(0)), raw: new Uint8Array() }] : [];
      return node("Concat", of("x", dtype, sized(random.int(1, 3))), empty, { axis }, [...names, ...empty.map(({ name }) => name)], names.map((name) => of(name, dtype, sized(random.int(1, 3)))));
    },
    left: { "of two": node("Concat", of("x", DType.float32, [2]), [], { axis: 0 }, ["z"], [of("z", DType.float32, [1])]) },
  },
  CenterCropPad: {
    taken(random) {
      const dims = shape(random, 1, 4, 6);
      const axes = dims.map((_, axis) => axis).filter(() => random.chance(0.6));
      const own = axes.length === 0 ? dims.map((_, axis) => axis) : axes;
      return node("CenterCropPad", of("x", random.pick(TYPES), dims), [list("s", own.map(() => random.int(1, 7)))], axes.length === 0 ? {} : { axes });
    },
    left: {},
  },
  Size: { taken: (random) => added("Size", shape(random, 0, 3), {}), left: {} },
  Shape: {
    taken(random, opset) {
      const dims = shape(random, 0, 3);
      const start = random.int(0, dims.length);
      const isPart = opset >= 15 && random.chance(0.5);
      return added("Shape", [...dims, dims.length + 1 - (isPart ? start : 0)], isPart ? { start } : {});
    },
    left: {},
  },
  EyeLike: { until: 21, taken: (random) => added("EyeLike", [random.int(1, 5), random.int(1, 5)], { k: random.int(-3, 3), dtype: random.pick([DType.float32, DType.int32, DType.int64]) }), left: {} },
} satisfies Readonly<Record<string, Cases>>;

export const TAKING: Readonly<Record<string, Cases>> = cases;
