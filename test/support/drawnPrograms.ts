import { Random as Generator } from "../../core/math/random.ts";
import { bitsOf } from "../../core/math/float32.ts";
import { TensorTree } from "../../core/merkle/tensorTree.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node, type Program } from "../../core/program/types.ts";
import { PLACES } from "../../core/operators/indexing/places.ts";
import { ORDER } from "../../core/operators/movement/order.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { compact, permuted, viewAll } from "../../core/tensor/view.ts";
import type { Random } from "./random.ts";

/**
 * Random programs as a publisher may register them: a node of any operator and of any size that a transaction may just take
 * or not, its operands constants or computed by nodes before it, in layouts that somebody chose.
 */
export interface DrawnProgram {
  readonly program: Program;
  /** Bytes of the computed tensors in commit order, by id. No run gave them: every node is judged by what it reads. */
  readonly trees: readonly TensorTree[];
  readonly constants: ReadonlyMap<string, TensorTree>;
}

/** An operand before it has a place in a program. */
interface Operand {
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** Its bytes, where they must not be any. */
  readonly bytes?: Uint8Array;
  /** Scales and zero points are constants of models. */
  readonly parameter?: boolean;
}
interface Sketch {
  readonly op: string;
  readonly opcode: Opcode;
  readonly rule: Rule;
  readonly chunk?: number;
  readonly flags?: number;
  readonly attributes: readonly number[];
  readonly inputs: readonly (Operand | undefined)[];
  readonly output: { readonly dtype: DType; readonly dims: readonly number[] };
}

const f32 = DType.float32;
/** No tensor is larger: the trees of thousands of programs are hashed. */
const LARGEST = 400_000;

/** Every order of magnitude is as likely as every other. */
const magnitude = (random: Random, least: number, most: number): number => Math.floor(least * (most / least + 0.999) ** random.unit());
const identity = (rank: number): number[] => Array.from({ length: rank }, (_, a) => a);
const float = (...dims: number[]): Operand => ({ dtype: f32, dims });

/** Bits of numbers that a distribution gives, the slowest ways of the arithmetic among them. */
function floatBytes(count: number, random: Random): Uint8Array {
  const fast = new Generator(random.u32());
  const spread = random.pick([0, 0, 1, 8, 60]);
  const scale = 2 ** random.pick([0, 0, -20, 20, -140, 50]);
  const zeros = random.pick([0, 0, 0.3, 0.95]);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    if (zeros > 0 && fast.unit() < zeros) continue;
    values[i] = Math.max(-1e37, Math.min(1e37, fast.normal() * scale * (spread === 0 ? 1 : 2 ** ((fast.unit() - 0.5) * spread))));
  }
  return new Uint8Array(values.buffer);
}

function anyBytes({ dtype, dims, bytes }: Operand, random: Random): Uint8Array {
  if (bytes !== undefined) return bytes;
  const count = sizeOf(dims);
  if (dtype === f32) return floatBytes(count, random);
  const fast = new Generator(random.u32());
  const raw = new Uint8Array(byteLength({ dtype, dims }));
  for (let i = 0; i < raw.length; i++) raw[i] = fast.u32();
  return raw;
}

// --- Operators ------------------------------------------------------------------------------------------------------------

interface Window {
  readonly map: readonly number[];
  readonly out: readonly number[];
  readonly kernel: readonly number[];
  readonly attributes: readonly number[];
}

/** A window of about so many taps, with room for a few positions of it. */
function windowOf(random: Random, taps: number, most: number): Window {
  const rank = random.pick([1, 1, 2, 2, 3]);
  let left = taps;
  const axes = random.shuffle(identity(rank)).map((_, i) => {
    const kernel = Math.max(1, i === rank - 1 ? left : Math.round(left ** (random.unit() / 1.5)));
    left = Math.max(1, Math.floor(left / kernel));
    const dilation = random.pick([1, 1, 2, 3]);
    const reach = (kernel - 1) * dilation + 1;
    const [begin, end] = [0, 0].map(() => (random.chance(0.5) ? random.int(0, reach - 1) : 0));
    const [stride, out] = [random.int(1, 3), random.int(1, 4)];
    const size = Math.max((out - 1) * stride + reach - begin - end, Math.ceil(reach / 3), 1);
    return { kernel, dilation, begin, end, stride, size, out: Math.floor((size + begin + end - reach) / stride) + 1 };
  });
  const list = (name: "kernel" | "stride" | "begin" | "end" | "dilation" | "size" | "out") => axes.map((axis) => axis[name]);
  if (sizeOf(list("size")) > most) return windowOf(random, Math.ceil(taps / 2), most);
  const attributes = [list("kernel"), list("stride"), list("begin"), list("end"), list("dilation")].flat();
  return { map: list("size"), out: list("out"), kernel: list("kernel"), attributes };
}

function convolution(random: Random) {
  const taps = magnitude(random, 1, random.pick([30, 30, 2_000, 20_000]));
  const w = windowOf(random, taps, LARGEST);
  const room = Math.min(LARGEST / sizeOf(w.map), 40_000 / sizeOf(w.kernel));
  const channels = magnitude(random, 1, Math.max(1, Math.min(300, room)));
  const group = channels * sizeOf(w.map) * 2 < LARGEST ? random.pick([1, 1, 2]) : 1;
  const filters = group * random.int(1, 2);
  return {
    attributes: [group, ...w.attributes],
    filters,
    x: [1, group * channels, ...w.map],
    w: [filters, channels, ...w.kernel],
    y: [1, filters, ...w.out],
  };
}

/** `chain`, with some chunk length, or `gemv` in some form. */
const ruleOf = (random: Random, k: number) =>
  random.chance(0.6)
    ? { rule: Rule.chain, chunk: random.pick([0, 0, 448, 512, Math.max(1, Math.floor(k / 3))]) % Math.max(k, 1) }
    : { rule: Rule.gemv, chunk: 0, flags: k % 3 };

function conv(random: Random): Sketch {
  const c = convolution(random);
  const inputs = [float(...c.x), float(...c.w), random.chance(0.5) ? float(c.filters) : undefined];
  return { op: "Conv", opcode: Opcode.Conv, ...ruleOf(random, sizeOf(c.w.slice(1))), attributes: c.attributes, inputs, output: { dtype: f32, dims: c.y } };
}

function gemm(random: Random): Sketch {
  const [m, k, n] = [random.int(1, 3), magnitude(random, 1, 40_000), random.int(1, 3)];
  const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
  const factor = () => bitsOf(random.pick([1, 1, 0.5, -3])) | 0;
  const inputs = [float(...(transA ? [k, m] : [m, k])), float(...(transB ? [n, k] : [k, n])), random.pick([undefined, float(n), float(m, n)])];
  return { op: "Gemm", opcode: Opcode.Gemm, ...ruleOf(random, k), attributes: [transA, transB, factor(), factor()], inputs, output: { dtype: f32, dims: [m, n] } };
}

function product(random: Random): { a: number[]; b: number[]; y: number[]; k: number } {
  const [m, k, n, batch] = [random.int(1, 3), magnitude(random, 1, 40_000), random.int(1, 3), random.int(1, 3)];
  const many = batch * 3 * k < LARGEST;
  return many ? { a: [batch, m, k], b: random.chance(0.5) ? [k, n] : [batch, k, n], y: [batch, m, n], k } : { a: [m, k], b: [k, n], y: [m, n], k };
}

function matMul(random: Random): Sketch {
  const { a, b, y, k } = product(random);
  return { op: "MatMul", opcode: Opcode.MatMul, ...ruleOf(random, k), attributes: [], inputs: [float(...a), float(...b)], output: { dtype: f32, dims: y } };
}

const scale = (random: Random, dims: readonly number[] = []): Operand => ({
  dtype: f32,
  dims,
  parameter: true,
  bytes: new Uint8Array(Float32Array.from({ length: sizeOf(dims) }, () => 0.001 + random.unit() / 50).buffer),
});
const zero = (dtype: DType, random: Random, dims: readonly number[] = []): Operand => ({ dtype, dims, parameter: true, bytes: Uint8Array.from({ length: sizeOf(dims) }, () => random.u32() & 255) });

/** The row of a quantised product. The scale of the output is such that it does not always saturate. */
function quantised(random: Random, a: readonly number[], b: readonly number[], channels: number, k: number): (Operand | undefined)[] {
  const [typeA, typeB] = random.pick([[DType.uint8, DType.uint8], [DType.int8, DType.int8], [DType.uint8, DType.int8]] as const);
  const per = random.chance(0.4) ? [channels] : [];
  const output = { ...scale(random), bytes: new Uint8Array(Float32Array.of(Math.sqrt(k) * 0.01).buffer) };
  const x = { dtype: typeA, dims: a };
  const w = { dtype: typeB, dims: b };
  return [x, scale(random), zero(typeA, random), w, scale(random, per), zero(typeB, random, per), output, zero(typeA, random)];
}

function qLinearConv(random: Random): Sketch {
  const c = convolution(random);
  const inputs = quantised(random, c.x, c.w, c.filters, sizeOf(c.w.slice(1)));
  const bias = random.chance(0.5) ? { dtype: DType.int32, dims: [c.filters], bytes: new Uint8Array(Int32Array.from({ length: c.filters }, () => random.int(-9999, 9999)).buffer), parameter: true } : undefined;
  return { op: "QLinearConv", opcode: Opcode.QLinearConv, rule: Rule.equal, attributes: c.attributes, inputs: [...inputs, bias], output: { dtype: inputs[7]!.dtype, dims: c.y } };
}

/** The row of a plain product of integers. */
function integers(random: Random, a: readonly number[], b: readonly number[], channels: readonly number[]): (Operand | undefined)[] {
  const [typeA, typeB] = random.pick([[DType.uint8, DType.uint8], [DType.uint8, DType.int8]] as const);
  const zeros = [zero(typeA, random), zero(typeB, random, channels)].map((point) => (random.chance(0.7) ? point : undefined));
  return [{ dtype: typeA, dims: a }, { dtype: typeB, dims: b }, ...zeros];
}

function convInteger(random: Random): Sketch {
  const c = convolution(random);
  return { op: "ConvInteger", opcode: Opcode.ConvInteger, rule: Rule.equal, attributes: c.attributes, inputs: integers(random, c.x, c.w, []), output: { dtype: DType.int32, dims: c.y } };
}

function matMulInteger(random: Random): Sketch {
  const { a, b, y } = product(random);
  const channels = random.chance(0.4) && b.length > 1 ? [b[b.length - 1]] : [];
  return { op: "MatMulInteger", opcode: Opcode.MatMulInteger, rule: Rule.equal, attributes: [], inputs: integers(random, a, b, channels), output: { dtype: DType.int32, dims: y } };
}

function qLinearMatMul(random: Random): Sketch {
  const { a, b, y, k } = product(random);
  const inputs = quantised(random, a, b, b[b.length - 1], k);
  return { op: "QLinearMatMul", opcode: Opcode.QLinearMatMul, rule: Rule.equal, attributes: [], inputs, output: { dtype: inputs[7]!.dtype, dims: y } };
}

const typeOf = (random: Random): DType => random.pick([f32, f32, DType.uint8, DType.int8]);

function maxPool(random: Random): Sketch {
  const w = windowOf(random, magnitude(random, 1, 4_000), LARGEST);
  const channels = magnitude(random, 1, Math.max(1, Math.min(300, LARGEST / sizeOf(w.map))));
  const dtype = typeOf(random);
  return { op: "MaxPool", opcode: Opcode.MaxPool, rule: Rule.equal, attributes: w.attributes, inputs: [{ dtype, dims: [1, channels, ...w.map] }], output: { dtype, dims: [1, channels, ...w.out] } };
}

/** Up to four axes, all of them together no more than that. */
function shape(random: Random, most: number): number[] {
  let left = magnitude(random, 1, most);
  return Array.from({ length: random.int(1, 4) }, (_, i, all = random.int(1, 4)) => {
    const dim = Math.max(1, i === all - 1 ? left : Math.round(left ** random.unit()));
    left = Math.max(1, Math.floor(left / dim));
    return dim;
  });
}

function reduction(random: Random): Sketch {
  const dims = shape(random, LARGEST);
  const some = identity(dims.length).filter(() => random.chance(0.6));
  const axes = some.length > 0 ? some : [0];
  const output = { dtype: f32, dims: dims.map((d, a) => (axes.includes(a) ? 1 : d)) };
  const [op, stated] = random.pick([["ReduceMean", boundOrLanes(random, [8, 0], [4, 0], [1, 0], [1, 1])], ["ReduceMax", { rule: Rule.equal }]] as const);
  return { op, opcode: Opcode[op], ...stated, attributes: axes, inputs: [float(...dims)], output };
}

/** The rule `bound`, or `lanes` in one of these orders of additions. */
const boundOrLanes = (random: Random, ...orders: readonly (readonly [chunk: number, flags: number])[]): Pick<Sketch, "rule" | "chunk" | "flags"> => {
  const [chunk, flags] = random.pick(orders);
  return random.chance(0.5) ? { rule: Rule.bound } : { rule: Rule.lanes, chunk, flags };
};

function softmax(random: Random): Sketch {
  const axis = random.int(0, 2);
  const dims = [random.int(1, 8), random.int(1, 8), random.int(1, 8)];
  dims[axis] = magnitude(random, 1, 15_000);
  return { op: "Softmax", opcode: Opcode.Softmax, ...boundOrLanes(random, [16, 0], [8, 0]), attributes: [axis, random.chance(0.8) ? axis + 1 : 3], inputs: [float(...dims)], output: { dtype: f32, dims } };
}

function layerNormalization(random: Random): Sketch {
  const dims = [random.int(1, 8), random.int(1, 8), random.int(1, 8)];
  const axis = random.int(0, 2);
  dims[axis] = magnitude(random, 1, 8_192 / sizeOf(dims.slice(axis).with(0, 1)));
  const inputs = [float(...dims), float(...dims.slice(axis)), random.chance(0.7) ? float(...dims.slice(axis)) : undefined];
  return { op: "LayerNormalization", opcode: Opcode.LayerNormalization, ...boundOrLanes(random, [8, 0]), attributes: [axis, bitsOf(1e-5) | 0], inputs, output: { dtype: f32, dims } };
}

const elementwise =
  (op: "Relu" | "Add" | "Sub" | "Mul" | "Div" | "Flatten" | "Transpose") =>
  (random: Random): Sketch => {
    const dims = shape(random, 50_000);
    const dtype = op === "Relu" || op === "Flatten" || op === "Transpose" ? typeOf(random) : f32;
    const two = !(op === "Relu" || op === "Flatten" || op === "Transpose");
    const perm = op === "Transpose" ? random.shuffle(identity(dims.length)) : [];
    const out = op === "Transpose" ? perm.map((a) => dims[a]) : op === "Flatten" ? [sizeOf(dims)] : dims;
    const attributes = op === "Transpose" ? ORDER.encode({ order: compact(permuted(viewAll(dims), perm)) }) : [];
    const second = two ? [{ dtype, dims: dims.map((d) => (random.chance(0.3) ? 1 : d)) }] : [];
    return { op, opcode: op === "Flatten" || op === "Transpose" ? Opcode.Strided : Opcode[op], rule: two ? Rule.rounded : Rule.equal, attributes, inputs: [{ dtype, dims }, ...second], output: { dtype, dims: out } };
  };

type Kernel = "Exp" | "Tanh" | "Sigmoid" | "Erf" | "Gelu" | "HardSigmoid";

/** A function of one or two float32 numbers, with the bits of its parameters. */
const floatFunction =
  (op: "Sqrt" | "Abs" | "LeakyRelu" | "Clip" | "Max" | "Min" | Kernel, rule: Rule, ...parameters: readonly number[]) =>
  (random: Random): Sketch => {
    const dims = shape(random, 50_000);
    const second = op === "Max" || op === "Min" ? [float(...dims)] : [];
    return { op, opcode: Opcode[op], rule, attributes: parameters.map((value) => bitsOf(value) | 0), inputs: [float(...dims), ...second], output: { dtype: f32, dims } };
  };

function batchNormalization(random: Random): Sketch {
  const dims = [1, random.int(1, 300), random.int(1, 40), random.int(1, 40)];
  const variance = { ...float(dims[1]), bytes: new Uint8Array(Float32Array.from({ length: dims[1] }, () => 0.1 + random.unit()).buffer) };
  const inputs = [float(...dims), float(dims[1]), float(dims[1]), float(dims[1]), variance];
  return { op: "BatchNormalization", opcode: Opcode.BatchNormalization, ...boundOrLanes(random, [0, 0]), attributes: [bitsOf(1e-5) | 0], inputs, output: { dtype: f32, dims } };
}

const quantisation =
  (op: "QuantizeLinear" | "DequantizeLinear") =>
  (random: Random): Sketch => {
    const dims = shape(random, 50_000);
    const axis = random.int(0, dims.length - 1);
    const per = random.chance(0.5) && dims[axis] > 1 ? [dims[axis]] : [];
    const byte = random.pick([DType.uint8, DType.int8]);
    const [from, to] = op === "QuantizeLinear" ? [f32, byte] : [byte, f32];
    const inputs = [{ dtype: from, dims }, scale(random, per), random.chance(0.7) ? zero(byte, random, per) : undefined];
    return { op, opcode: Opcode[op], rule: Rule.equal, attributes: [per.length > 0 ? axis : 0], inputs, output: { dtype: to, dims } };
  };

function gather(random: Random): Sketch {
  const dims = shape(random, 50_000);
  const axis = random.int(0, dims.length - 1);
  const [outer, dim, inner] = [sizeOf(dims.slice(0, axis)), dims[axis], sizeOf(dims.slice(axis + 1))];
  const count = Math.max(1, Math.min(magnitude(random, 1, 2_000), Math.floor(LARGEST / (outer * inner))));
  const bytes = new Uint8Array(BigInt64Array.from({ length: count }, () => BigInt(random.int(-dim, dim - 1))).buffer);
  const steps = [{ dim: outer, inData: dim * inner, inIndices: 0 }, { dim: count, inData: 0, inIndices: 1 }, { dim: inner, inData: 1, inIndices: 0 }];
  const dtype = typeOf(random);
  const inputs = [{ dtype, dims }, { dtype: DType.int64, dims: [count], bytes, parameter: true }];
  return { op: "Gather", opcode: Opcode.Indexed, rule: Rule.equal, attributes: PLACES.encode({ places: { indexed: [{ dim, stride: inner }], steps } }), inputs, output: { dtype, dims: [outer, count, inner] } };
}

function concat(random: Random): Sketch {
  const dims = shape(random, 10_000);
  const axis = random.int(0, dims.length - 1);
  const dtype = typeOf(random);
  const inputs = Array.from({ length: random.int(1, 16) }, () => ({ dtype, dims: dims.with(axis, random.int(1, dims[axis])) }));
  return { op: "Concat", opcode: Opcode.Concat, rule: Rule.equal, attributes: [axis], inputs, output: { dtype, dims: dims.with(axis, inputs.reduce((sum, part) => sum + part.dims[axis], 0)) } };
}

/** The operators, those whose elements take much more often than the others. */
const SKETCHES: readonly ((random: Random) => Sketch)[] = [
  ...[conv, conv, conv, conv, qLinearConv, qLinearConv, qLinearConv, qLinearConv, convInteger],
  ...[gemm, gemm, matMul, matMul, qLinearMatMul, qLinearMatMul, matMulInteger, maxPool, maxPool, maxPool, reduction, reduction, reduction, softmax, softmax],
  ...(["Relu", "Add", "Sub", "Mul", "Div", "Flatten", "Transpose"] as const).map(elementwise),
  ...[floatFunction("Sqrt", Rule.rounded), floatFunction("Abs", Rule.equal), floatFunction("LeakyRelu", Rule.rounded, 0.01), floatFunction("Clip", Rule.equal, 0, 6)],
  ...[floatFunction("Max", Rule.equal), floatFunction("Min", Rule.equal)],
  ...(["Exp", "Tanh", "Sigmoid", "Erf"] as const).map((op) => floatFunction(op, Rule.kernel)),
  ...[floatFunction("Gelu", Rule.kernel, 0), floatFunction("Gelu", Rule.kernel, 1), floatFunction("HardSigmoid", Rule.kernel, 0.2, 0.5)],
  ...[batchNormalization, layerNormalization, quantisation("QuantizeLinear"), quantisation("DequantizeLinear"), gather, concat],
];

// --- Programs -------------------------------------------------------------------------------------------------------------

export function drawProgram(random: Random): DrawnProgram {
  const sketch = random.pick(SKETCHES)(random);
  const layout = (rank: number): number[] => random.pick([identity(rank), random.shuffle(identity(rank)), rank > 1 ? [0, ...identity(rank).slice(2), 1] : [0]]);
  const trees: TensorTree[] = [];
  const constants = new Map<string, TensorTree>();
  const nodes: (Node & { name: string; op: string })[] = [];
  const inputs: Program["inputs"][number][] = [];
  const later: { tensor: Omit<Tensor, "source">; data: Uint8Array; place: number }[] = [];

  // Graph inputs come first, row-major. A Relu over one gives a tensor in any layout.
  const operands = sketch.inputs.map((operand, place): Tensor | undefined => {
    if (operand === undefined) return undefined;
    const { dtype, dims } = operand;
    const data = anyBytes(operand, random);
    if (operand.parameter === true || random.chance(0.3)) {
      const tree = new TensorTree({ dtype, dims }, data);
      // Constants that differ only in how many zeros they end in share a root: the longer one serves both.
      if (tree.data.length >= (constants.get(tree.root)?.data.length ?? 0)) constants.set(tree.root, tree);
      return { dtype, dims, perm: operand.parameter === true ? identity(dims.length) : layout(dims.length), source: { kind: "constant", root: tree.root } };
    }
    const tensor = { dtype, dims, perm: identity(dims.length) };
    const id = inputs.length;
    inputs.push({ name: `x${id}`, dtype, dims });
    trees.push(new TensorTree(tensor, data));
    const perm = layout(dims.length);
    if (String(perm) === String(tensor.perm)) return { ...tensor, source: { kind: "computed", id } };
    later.push({ tensor: { dtype, dims, perm }, data: anyBytes({ dtype, dims }, random), place });
    return { ...tensor, source: { kind: "computed", id } };
  });
  for (const { tensor, data, place } of later) {
    const output: Tensor = { ...tensor, source: { kind: "computed", id: trees.length } };
    trees.push(new TensorTree(tensor, data));
    nodes.push({ name: `relu${place}`, op: "Relu", opcode: Opcode.Relu, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], inputs: [operands[place]], output });
    operands[place] = output;
  }
  const { op, opcode, rule, chunk = 0, attributes } = sketch;
  const output: Tensor = { ...sketch.output, perm: layout(sketch.output.dims.length), source: { kind: "computed", id: trees.length } };
  const flags = rule === Rule.chain && operands[2] !== undefined ? random.int(0, 1) : (sketch.flags ?? 0);
  nodes.push({ name: "drawn", op, opcode, rule, chunk, flags, attributes, inputs: operands, output });
  trees.push(new TensorTree(output, anyBytes({ dtype: output.dtype, dims: output.dims }, random)));
  // The output of the graph is row-major.
  const last: Tensor = { ...output, perm: identity(output.dims.length), source: { kind: "computed", id: trees.length } };
  nodes.push({ name: "last", op: "Reshape", opcode: Opcode.Strided, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], inputs: [output], output: last });
  trees.push(new TensorTree(last, anyBytes({ dtype: last.dtype, dims: last.dims }, random)));
  const outputs = [{ name: "y", id: trees.length - 1, dtype: last.dtype, dims: last.dims }];
  return { program: { tensorCount: trees.length, inputs, outputs, nodes }, trees, constants };
}
