import { bitsOf } from "../../core/math/float32.ts";
import { DType, widthOf } from "../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node } from "../../core/program/types.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import { anyBits, floats, mixedBits, roundBits, usualBits } from "./floats.ts";
import { tensor, type OnnxCase } from "./judge.ts";
import type { Attribute } from "./onnxModel.ts";
import type { Random } from "./random.ts";

/** Random nodes of every opcode with their ONNX form: shapes, attributes, layouts and the numbers of the inputs. */

type Raw = Uint8Array<ArrayBufferLike>;
interface Value {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly raw: Raw;
}

/** Mostly numbers as models have them, sometimes from the edges of binary32. */
function numbers(length: number, random: Random): Raw {
  const exponent = random.int(-60, 50);
  const next = random.pick([
    () => usualBits(random),
    () => usualBits(random, 100),
    () => roundBits(random),
    () => bitsOf(Math.fround(random.normal() * 2 ** (exponent + random.int(-8, 8)))),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(-149, -100))),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(100, 127))),
    () => mixedBits(random),
    () => anyBits(random),
  ]);
  return floats(length, next);
}

const float = (dims: readonly number[], random: Random): Value => ({ dtype: DType.float32, dims, raw: numbers(sizeOf(dims), random) });
const octets = (dtype: DType, dims: readonly number[], random: Random, least = -128, most = 127): Value => ({
  dtype,
  dims,
  raw: Uint8Array.from({ length: sizeOf(dims) }, () => random.int(least, most)),
});
const dims = (random: Random, least: number, most: number): number[] => Array.from({ length: random.int(least, most) }, () => random.int(1, 5));

function make(
  random: Random,
  opcode: Opcode,
  rule: Rule,
  attributes: readonly number[],
  inputs: readonly (Value | undefined)[],
  output: { dtype: DType; dims: readonly number[] },
  onnx: OnnxCase["onnx"],
  onnxInputs?: OnnxCase["onnxInputs"],
): OnnxCase {
  const node: Node = {
    opcode,
    rule,
    chunk: 0,
    flags: 0,
    output: tensor(output.dtype, output.dims, random),
    inputs: inputs.map((value) => value && tensor(value.dtype, value.dims, random)),
    attributes,
  };
  return { node, inputs: inputs.map((value) => value?.raw), onnx, onnxInputs };
}

interface Window {
  readonly map: number[];
  readonly out: number[];
  /** kernel, strides, begins, ends, dilations */
  readonly lists: readonly (readonly number[])[];
  readonly attributes: Record<string, Attribute>;
}

function window(random: Random, pool: boolean): Window {
  const axes = Array.from({ length: random.pick([1, 2, 2, 2, 3]) }, () => {
    const kernel = random.int(1, 4);
    const dilation = random.pick([1, 1, 2]);
    const reach = dilation * (kernel - 1) + 1;
    // A pool's window must not lie in the padding entirely.
    const pad = () => (random.chance(0.5) || (pool && dilation > 1) ? 0 : random.int(0, reach - 1));
    const [begin, end, stride] = [pad(), pad(), random.int(1, 3)];
    const size = Math.max(pool ? reach : reach - begin - end, random.int(1, 7));
    return { kernel, dilation, begin, end, stride, size, out: Math.floor((size + begin + end - reach) / stride) + 1 };
  });
  const list = (name: "kernel" | "stride" | "begin" | "end" | "dilation" | "size" | "out") => axes.map((axis) => axis[name]);
  const lists = (["kernel", "stride", "begin", "end", "dilation"] as const).map(list);
  return {
    map: list("size"),
    out: list("out"),
    lists,
    attributes: {
      kernel_shape: { ints: lists[0] },
      strides: { ints: lists[1] },
      pads: { ints: [...lists[2], ...lists[3]] },
      dilations: { ints: lists[4] },
    },
  };
}

function convolutionShapes(random: Random) {
  const w = window(random, false);
  const group = random.pick([1, 1, 1, 2, 3]);
  const channels = random.int(1, w.map.length === 1 ? 40 : 12);
  const filters = group * random.int(1, 5);
  const batch = random.int(1, 2);
  return {
    attributes: [group, ...w.lists.flat()],
    onnx: { ...w.attributes, group: { int: group } },
    filters,
    x: [batch, group * channels, ...w.map],
    w: [filters, channels, ...w.lists[0]],
    y: [batch, filters, ...w.out],
  };
}

function conv(random: Random): OnnxCase {
  const s = convolutionShapes(random);
  const inputs = [float(s.x, random), float(s.w, random), random.chance(0.5) ? float([s.filters], random) : undefined];
  return make(random, Opcode.Conv, Rule.bound, s.attributes, inputs, { dtype: DType.float32, dims: s.y }, { op: "Conv", attributes: s.onnx });
}

const extent = (random: Random): number => (random.chance(0.1) ? random.int(200, 700) : random.int(1, 24));

function gemm(random: Random): OnnxCase {
  const [m, k, n] = [random.int(1, 5), extent(random), random.int(1, 9)];
  const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
  const c = random.pick([undefined, [n], [m, n], [1, n], [m, 1], [1], []]);
  const factor = () => Math.fround(random.pick([1, 1, 1, 0.5, -0.3, random.normal(), 1e-20, 1e20]));
  const alpha = factor();
  const beta = random.chance(0.1) ? 0 : factor();
  const inputs = [
    float(transA ? [k, m] : [m, k], random),
    float(transB ? [n, k] : [k, n], random),
    c && float(c, random),
  ];
  const attributes = { transA: { int: transA }, transB: { int: transB }, alpha: { float: alpha }, beta: { float: beta } };
  return make(random, Opcode.Gemm, Rule.bound, [transA, transB, bitsOf(alpha) | 0, bitsOf(beta) | 0], inputs, { dtype: DType.float32, dims: [m, n] }, { op: "Gemm", attributes });
}

/** Shapes of a (batched, broadcast) matrix product. */
function productShapes(random: Random) {
  const [m, k, n] = [random.int(1, 5), extent(random), random.int(1, 9)];
  const batch = dims(random, 0, 2);
  const partial = () => batch.map((d) => (random.chance(0.3) ? 1 : d)).slice(random.int(0, batch.length));
  const vectorA = random.chance(0.1);
  const vectorB = random.chance(0.1);
  const a = vectorA ? [k] : [...(random.chance(0.5) ? batch : partial()), m, k];
  const b = vectorB ? [k] : [...partial(), k, n];
  const [x, y] = [a.slice(0, -2), b.slice(0, -2)];
  const rank = Math.max(x.length, y.length);
  const common = Array.from({ length: rank }, (_, i) => Math.max(x[i - rank + x.length] ?? 1, y[i - rank + y.length] ?? 1));
  return { a, b, n: vectorB ? 1 : n, vectorB, y: [...common, ...(vectorA ? [] : [m]), ...(vectorB ? [] : [n])] };
}

function matMul(random: Random): OnnxCase {
  const s = productShapes(random);
  const inputs = [float(s.a, random), float(s.b, random)];
  return make(random, Opcode.MatMul, Rule.bound, [], inputs, { dtype: DType.float32, dims: s.y }, { op: "MatMul" });
}

/** Scales of all sizes; zero points anywhere. */
function quantisation(random: Random, dtype: DType, shape: readonly number[], sameZero = false): [Value, Value] {
  const zero = random.int(-128, 127);
  const spread = random.pick([0, 2]);
  return [
    { dtype: DType.float32, dims: shape, raw: floats(sizeOf(shape), () => bitsOf(Math.fround((0.01 + random.unit() / 8) * 10 ** random.int(-spread, spread)))) },
    { dtype, dims: shape, raw: Uint8Array.from({ length: sizeOf(shape) }, () => (sameZero ? zero : random.int(-128, 127))) },
  ];
}

/** S8S8, U8U8, or U8S8 with weights in 7 bits. */
function operands(random: Random, x: readonly number[], w: readonly number[]): [Value, Value] {
  const dtype = random.pick([DType.int8, DType.uint8]);
  if (dtype === DType.uint8 && random.chance(0.5)) return [octets(dtype, x, random), octets(DType.int8, w, random, -64, 63)];
  return [octets(dtype, x, random), octets(dtype, w, random)];
}

const fixed = (values: readonly (Value | undefined)[], moving: number): OnnxCase["onnxInputs"] =>
  values.map((value, i) => (value === undefined ? null : { ...value, constant: i !== moving }));

function qLinearConv(random: Random): OnnxCase {
  const s = convolutionShapes(random);
  const [x, w] = operands(random, s.x, s.w);
  const bias: Value = { dtype: DType.int32, dims: [s.filters], raw: new Uint8Array(Int32Array.from({ length: s.filters }, () => random.int(-20000, 20000)).buffer) };
  const perFilter = random.chance(0.5) ? [s.filters] : [];
  const inputs = [
    x, ...quantisation(random, x.dtype, []),
    w, ...quantisation(random, w.dtype, perFilter, true),
    ...quantisation(random, x.dtype, []),
    random.chance(0.5) ? bias : undefined,
  ];
  const output = { dtype: inputs[7]!.dtype, dims: s.y };
  return make(random, Opcode.QLinearConv, Rule.equal, s.attributes, inputs, output, { op: "QLinearConv", attributes: s.onnx }, fixed(inputs, 0));
}

function qLinearMatMul(random: Random): OnnxCase {
  const s = productShapes(random);
  const [a, b] = operands(random, s.a, s.b);
  const inputs = [
    a, ...quantisation(random, a.dtype, []),
    b, ...quantisation(random, b.dtype, random.chance(0.5) && s.b.length === 2 ? [1, s.n] : []),
    ...quantisation(random, a.dtype, []),
  ];
  const output = { dtype: inputs[7].dtype, dims: s.y };
  return make(random, Opcode.QLinearMatMul, Rule.equal, [], inputs, output, { op: "QLinearMatMul" }, fixed(inputs, 0));
}

function reshape(random: Random): OnnxCase {
  const from = dims(random, 1, 4);
  const axis = random.int(0, from.length);
  const dtype = random.pick([DType.float32, DType.float32, DType.int8, DType.int64, DType.float64]);
  const value = dtype === DType.float32 ? float(from, random) : octets(dtype, from, random);
  const raw = dtype === DType.float32 ? value.raw : Uint8Array.from({ length: sizeOf(from) * (dtype === DType.int8 ? 1 : 8) }, () => random.int(0, 255));
  const to = [sizeOf(from.slice(0, axis)), sizeOf(from.slice(axis))];
  return make(random, Opcode.Reshape, Rule.equal, [], [{ ...value, raw }], { dtype, dims: to }, { op: "Flatten", attributes: { axis: { int: axis } } });
}

function transpose(random: Random): OnnxCase {
  const from = dims(random, 1, 5);
  const perm = random.shuffle(from.map((_, i) => i));
  const x = random.chance(0.5) ? float(from, random) : octets(DType.uint8, from, random);
  return make(random, Opcode.Transpose, Rule.equal, perm, [x], { dtype: x.dtype, dims: perm.map((i) => from[i]) }, { op: "Transpose", attributes: { perm: { ints: perm } } });
}

function relu(random: Random): OnnxCase {
  const x = float(dims(random, 0, 4), random);
  return make(random, Opcode.Relu, Rule.equal, [], [x], x, { op: "Relu" });
}

function maxPool(random: Random): OnnxCase {
  const w = window(random, true);
  const [batch, channels] = [random.int(1, 2), random.int(1, 3)];
  const shape = [batch, channels, ...w.map];
  const x = random.chance(0.6) ? float(shape, random) : octets(random.pick([DType.int8, DType.uint8]), shape, random);
  return make(random, Opcode.MaxPool, Rule.equal, w.lists.flat(), [x], { dtype: x.dtype, dims: [batch, channels, ...w.out] }, { op: "MaxPool", attributes: w.attributes });
}

/** Data with a scale and maybe a zero point, for the tensor or along an axis. */
function quantised(random: Random, dtype: DType) {
  const shape = dims(random, 1, 4);
  const axis = random.int(0, shape.length - 1);
  const perAxis = random.chance(0.5) && shape[axis] > 1;
  const [scale, zero] = quantisation(random, dtype, perAxis ? [shape[axis]] : []);
  return { shape, axis: perAxis ? axis : 0, scale, zero, attributes: { axis: { int: axis } } };
}

function quantizeLinear(random: Random): OnnxCase {
  const type = random.pick([DType.int8, DType.uint8]);
  const { shape, axis, scale, zero, attributes } = quantised(random, type);
  const x = float(shape, random);
  const absent = type === DType.uint8 && random.chance(0.3);
  return make(random, Opcode.QuantizeLinear, Rule.equal, [axis], [x, scale, absent ? undefined : zero], { dtype: type, dims: shape }, { op: "QuantizeLinear", attributes });
}

function dequantizeLinear(random: Random): OnnxCase {
  const type = random.pick([DType.int8, DType.uint8, DType.int32]);
  const { shape, axis, scale, zero, attributes } = quantised(random, type);
  const x = octets(type, shape, random);
  const raw = type === DType.int32 ? new Uint8Array(Uint32Array.from({ length: sizeOf(shape) }, () => random.u32() >> random.int(0, 31)).buffer) : x.raw;
  const absent = type === DType.int32 || random.chance(0.3);
  return make(random, Opcode.DequantizeLinear, Rule.equal, [axis], [{ ...x, raw }, scale, absent ? undefined : zero], { dtype: DType.float32, dims: shape }, { op: "DequantizeLinear", attributes });
}

const INTEGERS = [DType.int32, DType.int64];

const arithmetic =
  (opcode: Opcode, op: string) =>
  (random: Random): OnnxCase => {
    const shape = dims(random, 0, 4);
    const shrunk = () => shape.map((d) => (random.chance(0.3) ? 1 : d)).slice(random.chance(0.3) ? random.int(0, shape.length) : 0);
    const [x, y] = random.shuffle([shape, shrunk()]);
    // An integer divisor is never 0 or −1 here: the runtime's process would not survive that.
    const dtype = random.chance(0.3) ? random.pick(INTEGERS) : DType.float32;
    const value = (of: readonly number[], least: number): Value =>
      dtype === DType.float32
        ? float(of, random)
        : { dtype, dims: of, raw: Uint8Array.from({ length: sizeOf(of) * widthOf(dtype) }, () => random.int(least, least + 126)) };
    const rule = dtype === DType.float32 ? Rule.rounded : Rule.equal;
    return make(random, opcode, rule, [], [value(x, 100), value(y, 1)], { dtype, dims: shape }, { op });
  };

function reduceMean(random: Random): OnnxCase {
  if (random.chance(0.3)) {
    const shape = [random.int(1, 2), random.int(1, 4), random.int(1, 9), random.int(1, 9)];
    return make(random, Opcode.ReduceMean, Rule.bound, [2, 3], [float(shape, random)], { dtype: DType.float32, dims: [...shape.slice(0, 2), 1, 1] }, { op: "GlobalAveragePool" });
  }
  const shape = dims(random, 1, 4);
  const chosen = shape.map((_, axis) => axis).filter(() => random.chance(0.5));
  const axes = chosen.length === 0 ? [random.int(0, shape.length - 1)] : chosen;
  const keep = random.chance(0.5);
  const out = shape.flatMap((d, axis) => (!axes.includes(axis) ? [d] : keep ? [1] : []));
  const attributes = { axes: { ints: axes }, keepdims: { int: keep ? 1 : 0 } };
  return make(random, Opcode.ReduceMean, Rule.bound, axes, [float(shape, random)], { dtype: DType.float32, dims: out }, { op: "ReduceMean", attributes });
}

function batchNormalization(random: Random): OnnxCase {
  const shape = [random.int(1, 2), random.int(1, 5), ...dims(random, 0, 2)];
  const channel = () => float([shape[1]], random);
  const variance = floats(shape[1], () => bitsOf(Math.fround(random.unit() * 2 ** random.int(-20, 20))));
  const epsilon = Math.fround(random.pick([1e-5, 1e-3, 0.1]));
  const inputs = [float(shape, random), channel(), channel(), channel(), { ...channel(), raw: variance }];
  return make(random, Opcode.BatchNormalization, Rule.bound, [bitsOf(epsilon) | 0], inputs, { dtype: DType.float32, dims: shape }, { op: "BatchNormalization", attributes: { epsilon: { float: epsilon } } });
}

function softmax(random: Random): OnnxCase {
  const shape = dims(random, 1, 4);
  if (random.chance(0.2)) shape[random.int(0, shape.length - 1)] = random.int(30, 120);
  const axis = random.int(0, shape.length - 1);
  const flattens = random.chance(0.3);
  const x = float(shape, random);
  return make(random, Opcode.Softmax, Rule.bound, [axis, flattens ? shape.length : axis + 1], [x], x, { op: "Softmax", attributes: { axis: { int: axis } }, opset: flattens ? 11 : 13 });
}

function layerNormalization(random: Random): OnnxCase {
  const shape = dims(random, 1, 3);
  if (random.chance(0.2)) shape[random.int(0, shape.length - 1)] = random.int(30, 120);
  const axis = random.int(0, shape.length - 1);
  const layer = shape.slice(axis);
  const epsilon = Math.fround(random.pick([1e-5, 1e-5, 1e-12, 0.1, 2 ** -100, 1]));
  const inputs = [float(shape, random), float(layer, random), random.chance(0.7) ? float(layer, random) : undefined];
  const attributes = { axis: { int: axis }, epsilon: { float: epsilon } };
  return make(random, Opcode.LayerNormalization, Rule.bound, [axis, bitsOf(epsilon) | 0], inputs, inputs[0]!, { op: "LayerNormalization", attributes, opset: 17 });
}

/** Name of the opcode → a random case of it. A dot product comes under `bound`. */
export const CASES: Readonly<Record<keyof typeof Opcode, (random: Random) => OnnxCase>> = {
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  Reshape: reshape,
  Transpose: transpose,
  Relu: relu,
  MaxPool: maxPool,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Add: arithmetic(Opcode.Add, "Add"),
  Sub: arithmetic(Opcode.Sub, "Sub"),
  Mul: arithmetic(Opcode.Mul, "Mul"),
  Div: arithmetic(Opcode.Div, "Div"),
  ReduceMean: reduceMean,
  BatchNormalization: batchNormalization,
  Softmax: softmax,
  LayerNormalization: layerNormalization,
};
