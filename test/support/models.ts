import { DType } from "../../core/tensor/dtype.ts";
import { oneNodeModel, type Attribute, type ModelTensor, type NodeSpec } from "./onnxModel.ts";
import { Random } from "./random.ts";

/** One-node models over the operators' attributes and shapes, for tests that take whole models. */
const random = new Random(77);
const { float32, int8, uint8, int32, int64, bool } = DType;

const input = (dims: readonly number[], dtype: DType = float32): ModelTensor => ({ dtype, dims });
const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const floats = (dims: readonly number[], draw: () => number = () => random.normal()): ModelTensor => ({
  dtype: float32,
  dims,
  raw: new Uint8Array(Float32Array.from({ length: size(dims) }, draw).buffer),
});
const integers = (dims: readonly number[], dtype: DType, low: number, high: number): ModelTensor => {
  const values = Array.from({ length: size(dims) }, () => random.int(low, high));
  const raw = dtype === int32 ? new Uint8Array(Int32Array.from(values).buffer) : Uint8Array.from(values, (v) => v & 0xff);
  return { dtype, dims, raw };
};
const axesOf = (...values: number[]): ModelTensor => ({
  dtype: int64,
  dims: [values.length],
  raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});
const scale = (value: number): ModelTensor => floats([], () => value);
const zero = (dtype: DType, value: number): ModelTensor => integers([], dtype, value, value);

const spec = (op: string, inputs: (ModelTensor | null)[], attributes: Record<string, Attribute> = {}, dtype: DType = float32): NodeSpec => ({
  op,
  inputs,
  outputs: [{ dtype }],
  attributes,
});

const conv = (x: number[], w: number[], attributes: Record<string, Attribute> = {}, bias = true): NodeSpec =>
  spec("Conv", [input(x), floats(w), ...(bias ? [floats([w[0]])] : [])], attributes);

const qconv = (signed: boolean, x: number[], w: number[], attributes: Record<string, Attribute>, perChannel: boolean): NodeSpec => {
  const dtype = signed ? int8 : uint8;
  const weights = signed ? integers(w, int8, -127, 127) : integers(w, uint8, 0, 255);
  const scales = perChannel ? floats([w[0]], () => 0.01 + random.unit() / 50) : scale(0.013);
  const zeros = perChannel ? integers([w[0]], dtype, 0, 0) : zero(dtype, signed ? 0 : 120);
  const bias = integers([w[0]], int32, -500, 500);
  return spec(
    "QLinearConv",
    [input(x, dtype), scale(0.02), zero(dtype, 3), weights, scales, zeros, scale(0.35), zero(dtype, 5), bias],
    attributes,
    dtype,
  );
};

const SPECS: Record<string, NodeSpec> = {
  "Conv 3×3, padded": conv([1, 3, 7, 6], [4, 3, 3, 3], { pads: { ints: [1, 1, 1, 1] } }),
  "Conv strided, asymmetric pads": conv([1, 2, 9, 8], [3, 2, 3, 2], { pads: { ints: [0, 1, 2, 0] }, strides: { ints: [2, 3] } }),
  "Conv dilated, no bias": conv([1, 2, 10, 10], [4, 2, 3, 3], { dilations: { ints: [2, 3] }, pads: { ints: [2, 3, 2, 3] } }, false),
  "Conv grouped": conv([1, 6, 6, 6], [9, 2, 3, 3], { group: { int: 3 } }),
  "Conv depthwise": conv([1, 8, 9, 9], [8, 1, 3, 3], { group: { int: 8 }, pads: { ints: [1, 1, 1, 1] } }),
  "Conv 1×1": conv([1, 33, 5, 5], [7, 33, 1, 1]),
  "Conv 1-D": conv([2, 3, 20], [5, 3, 4], { strides: { ints: [2] } }),
  "Conv 3-D": conv([1, 2, 4, 5, 4], [3, 2, 2, 2, 3]),
  "Conv, weights computed": spec("Conv", [input([1, 3, 6, 6]), input([4, 3, 3, 3])]),
  "Conv of 600 products": conv([1, 75, 5, 5], [3, 75, 2, 4]),
  "Gemm, transposed": spec("Gemm", [input([40, 5]), floats([9, 40]), floats([9])], { transA: { int: 1 }, transB: { int: 1 } }),
  "Gemm, alpha and beta": spec("Gemm", [input([6, 300]), floats([300, 7]), floats([6, 1])], { alpha: { float: 0.7 }, beta: { float: -1.3 } }),
  "Gemm without C": spec("Gemm", [input([3, 17]), input([17, 4])]),
  "MatMul": spec("MatMul", [input([5, 48]), floats([48, 11])]),
  "MatMul, batched": spec("MatMul", [input([2, 3, 4, 20]), input([3, 20, 5])]),
  "MatMul, vector": spec("MatMul", [input([30]), floats([30, 6])]),
  "QLinearConv S8S8, per channel": qconv(true, [1, 3, 7, 7], [4, 3, 3, 3], { pads: { ints: [1, 1, 1, 1] } }, true),
  "QLinearConv U8U8, strided": qconv(false, [1, 4, 9, 9], [6, 2, 3, 3], { group: { int: 2 }, strides: { ints: [2, 2] } }, false),
  "QLinearMatMul": spec(
    "QLinearMatMul",
    [input([4, 70], int8), scale(0.03), zero(int8, -2), integers([70, 6], int8, -127, 127), scale(0.01), zero(int8, 0), scale(0.2), zero(int8, 7)],
    {},
    int8,
  ),
  "QuantizeLinear": spec("QuantizeLinear", [input([3, 50]), scale(0.02), zero(int8, -3)], {}, int8),
  "QuantizeLinear, per axis": spec("QuantizeLinear", [input([2, 4, 5]), floats([4], () => 0.01 + random.unit()), integers([4], uint8, 0, 255)], { axis: { int: 1 } }, uint8),
  "DequantizeLinear": spec("DequantizeLinear", [input([3, 50], uint8), scale(0.02), zero(uint8, 130)]),
  "Relu": spec("Relu", [input([3, 300])]),
  "MaxPool": spec("MaxPool", [input([1, 3, 9, 9])], { kernel_shape: { ints: [3, 3] }, strides: { ints: [2, 2] }, pads: { ints: [1, 1, 1, 1] } }),
  "MaxPool of int8": spec("MaxPool", [input([1, 3, 8, 8], int8)], { kernel_shape: { ints: [2, 2] } }, int8),
  "Flatten": spec("Flatten", [input([2, 3, 4, 5])], { axis: { int: 2 } }),
  "Reshape": spec("Reshape", [input([4, 15]), axesOf(3, -1, 2)]),
  "Transpose": spec("Transpose", [input([3, 4, 5, 6])], { perm: { ints: [2, 0, 3, 1] } }),
  "Transpose of bool": spec("Transpose", [input([7, 9], bool)], {}, bool),
  "Add, broadcast": spec("Add", [input([2, 3, 4]), floats([3, 1])]),
  "Sub": spec("Sub", [floats([4]), input([5, 4])]),
  "Mul": spec("Mul", [input([6, 6]), input([6, 6])]),
  "Div": spec("Div", [input([6, 6]), input([6, 6])]),
  "Add of int32": spec("Add", [input([40], int32), input([40], int32)], {}, int32),
  "AveragePool over the whole map": spec("AveragePool", [input([2, 5, 7, 6])], { kernel_shape: { ints: [7, 6] } }),
  "MaxPool, ceil_mode": { ...spec("MaxPool", [input([1, 3, 9, 8])], { kernel_shape: { ints: [2, 1] }, strides: { ints: [3, 2] }, ceil_mode: { int: 1 } }), opset: 12 },
  "GlobalAveragePool": spec("GlobalAveragePool", [input([2, 5, 7, 6])]),
  "ReduceMean": { ...spec("ReduceMean", [input([3, 8, 5])], { axes: { ints: [0, 2] }, keepdims: { int: 0 } }), opset: 13 },
  "BatchNormalization": spec("BatchNormalization", [
    input([2, 6, 4, 4]),
    floats([6]),
    floats([6]),
    floats([6]),
    floats([6], () => 0.1 + random.unit()),
  ]),
  "LayerNormalization": spec("LayerNormalization", [input([4, 30]), floats([30]), floats([30])]),
  "Softmax": spec("Softmax", [input([4, 30])]),
  "Softmax of an inner axis": spec("Softmax", [input([3, 12, 5])], { axis: { int: 1 } }),
};

/** Models by what is special about them. */
export const oneNodeModels: ReadonlyMap<string, Uint8Array> = new Map(Object.entries(SPECS).map(([name, node]) => [name, oneNodeModel(node)]));
