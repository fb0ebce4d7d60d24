import { expect } from "chai";
import { OPSETS } from "../../../core/onnx/model.ts";
import { compile } from "../../../core/compile/compile.ts";
import { LOWERINGS } from "../../../core/compile/lower/index.ts";
import { operatorOf, supportedOperators } from "../../../core/operators/index.ts";
import { decodeRow, encodeRow } from "../../../core/program/row.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel, type Attribute, type ModelTensor } from "../../support/onnxModel.ts";
import { Random } from "../../support/random.ts";

const float = (...dims: number[]): ModelTensor => ({ dtype: 1, dims });
const typed = (dtype: number, ...dims: number[]): ModelTensor => ({ dtype, dims });
const random = new Random(5);
const constant = (...dims: number[]): ModelTensor => {
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.unit() + 0.5);
  return { dtype: 1, dims, raw: new Uint8Array(values.buffer) };
};
const int64 = (...values: (number | bigint)[]): ModelTensor => ({
  dtype: 7,
  dims: [values.length],
  raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});
const factors = (...values: number[]): ModelTensor => ({ dtype: 1, dims: [values.length], raw: new Uint8Array(Float32Array.from(values).buffer) });
const byte = (dtype: number, ...values: number[]): ModelTensor => ({ dtype, dims: values.length === 1 ? [] : [values.length], raw: Uint8Array.from(values) });
const bits = (value: number) => new Int32Array(Float32Array.of(value).buffer)[0];
const ints = (...values: number[]): Attribute => ({ ints: values });
const int = (value: number): Attribute => ({ int: value });

interface Case {
  op: string;
  inputs: (ModelTensor | null)[];
  attributes?: Record<string, Attribute>;
  opset?: number;
  output?: number;
  /** What the row must say. */
  opcode: number;
  row: number[];
  rule?: number;
  /** Inputs of the row: a computed tensor, a constant, or absent. */
  kinds?: string;
  perms?: (number[] | undefined)[];
  dims?: number[];
}

const conv = (extra: Partial<Case>): Case => ({ op: "Conv", inputs: [], opcode: Opcode.Conv, row: [], ...extra });

const cases: Record<string, Case> = {
  "Conv with defaults": conv({
    inputs: [float(1, 4, 6, 6), constant(8, 4, 3, 3)],
    row: [1, 3, 3, 1, 1, 0, 0, 0, 0, 1, 1],
    kinds: "computed constant absent",
    perms: [[0, 1, 2, 3], [0, 1, 2, 3], undefined],
    dims: [1, 8, 4, 4],
  }),
  "Conv with everything": conv({
    inputs: [float(2, 4, 9, 8), constant(6, 2, 2, 3), constant(6)],
    attributes: { kernel_shape: ints(2, 3), strides: ints(2, 1), pads: ints(1, 0, 2, 1), dilations: ints(3, 2), group: int(2) },
    row: [2, 2, 3, 2, 1, 1, 0, 2, 1, 3, 2],
    dims: [2, 6, 5, 5],
  }),
  "Conv in one dimension": conv({ inputs: [float(1, 2, 9), constant(3, 2, 4), null], attributes: { pads: ints(1, 2) }, row: [1, 4, 1, 1, 2, 1], dims: [1, 3, 9] }),
  "Conv in three dimensions": conv({
    inputs: [float(1, 1, 4, 4, 4), constant(2, 1, 2, 2, 2)],
    row: [1, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1],
    dims: [1, 2, 3, 3, 3],
  }),
  "Conv with auto_pad VALID": conv({
    inputs: [float(1, 1, 5, 5), constant(2, 1, 3, 3)],
    attributes: { auto_pad: { string: "VALID" } },
    row: [1, 3, 3, 1, 1, 0, 0, 0, 0, 1, 1],
  }),
  "Conv with computed weights": conv({ inputs: [float(1, 2, 5, 5), float(2, 2, 3, 3)], row: [1, 3, 3, 1, 1, 0, 0, 0, 0, 1, 1], kinds: "computed computed absent" }),
  "MaxPool with defaults": { op: "MaxPool", inputs: [float(1, 2, 5, 5)], attributes: { kernel_shape: ints(2, 2) }, opcode: Opcode.MaxPool, row: [2, 2, 1, 1, 0, 0, 0, 0, 1, 1], rule: Rule.equal },
  "MaxPool of int8": { op: "MaxPool", inputs: [typed(3, 1, 2, 5, 5)], attributes: { kernel_shape: ints(2, 2) }, output: 3, opcode: Opcode.MaxPool, row: [2, 2, 1, 1, 0, 0, 0, 0, 1, 1], rule: Rule.equal },
  "MaxPool that rounds up": {
    op: "MaxPool",
    inputs: [float(1, 1, 6, 6)],
    attributes: { kernel_shape: ints(3, 3), strides: ints(2, 2), ceil_mode: int(1) },
    opcode: Opcode.MaxPool,
    row: [3, 3, 2, 2, 0, 0, 1, 1, 1, 1],
    rule: Rule.equal,
    dims: [1, 1, 3, 3],
  },
  "Gemm with defaults": { op: "Gemm", inputs: [float(3, 4), constant(4, 5)], opcode: Opcode.Gemm, row: [0, 0, bits(1), bits(1)], kinds: "computed constant absent", perms: [[0, 1], [1, 0], undefined] },
  "Gemm with everything": {
    op: "Gemm",
    inputs: [float(4, 3), constant(5, 4), constant(3, 1)],
    attributes: { transA: int(1), transB: int(1), alpha: { float: 0.5 }, beta: { float: -2 } },
    opcode: Opcode.Gemm,
    row: [1, 1, bits(0.5), bits(-2)],
    dims: [3, 5],
    perms: [[0, 1], [0, 1], [0, 1]],
  },
  "MatMul in batches": { op: "MatMul", inputs: [float(2, 1, 3, 4), constant(5, 4, 6)], opcode: Opcode.MatMul, row: [], dims: [2, 5, 3, 6], perms: [[0, 1, 2, 3], [0, 2, 1]] },
  "MatMul of two vectors": { op: "MatMul", inputs: [float(7), constant(7)], opcode: Opcode.MatMul, row: [], dims: [] },
  "QLinearConv per filter": {
    op: "QLinearConv",
    inputs: [
      typed(2, 1, 2, 5, 5), constant(), byte(2, 3),
      { dtype: 3, dims: [4, 2, 3, 3], raw: new Uint8Array(72).fill(7) }, constant(4), byte(3, 0, 0, 0, 0),
      constant(), byte(2, 1), { dtype: 6, dims: [4], raw: new Uint8Array(16) },
    ],
    attributes: { pads: ints(1, 1, 1, 1) },
    output: 2,
    opcode: Opcode.QLinearConv,
    row: [1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1],
    rule: Rule.equal,
    kinds: "computed constant constant constant constant constant constant constant constant",
    perms: [[0, 1, 2, 3], [], [], [0, 2, 3, 1], [0], [0], [], [], [0]],
  },
  "QLinearMatMul per column": {
    op: "QLinearMatMul",
    inputs: [typed(3, 2, 3), constant(), byte(3, 1), { dtype: 3, dims: [3, 2], raw: new Uint8Array(6) }, constant(2), byte(3, 1, 2), constant(), byte(3, 0)],
    output: 3,
    opcode: Opcode.QLinearMatMul,
    row: [],
    rule: Rule.equal,
    perms: [[0, 1], [], [], [1, 0], [0], [0], [], []],
  },
  "MatMulInteger per column": { op: "MatMulInteger", inputs: [typed(3, 2, 3), { dtype: 3, dims: [3, 2], raw: new Uint8Array(6) }, null, byte(3, 1, 2)], output: 6, opcode: Opcode.MatMulInteger, row: [], rule: Rule.equal, kinds: "computed constant absent constant", perms: [[0, 1], [1, 0], undefined, [0]] },
  "ConvInteger with padding": {
    op: "ConvInteger",
    inputs: [typed(2, 1, 2, 5, 5), { dtype: 2, dims: [4, 2, 3, 3], raw: new Uint8Array(72).fill(7) }, byte(2, 3), null],
    attributes: { pads: ints(1, 1, 1, 1) },
    output: 6,
    opcode: Opcode.ConvInteger,
    row: [1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1],
    rule: Rule.equal,
    kinds: "computed constant constant absent",
    perms: [[0, 1, 2, 3], [0, 2, 3, 1], [], undefined],
  },
  "QuantizeLinear without a zero point": { op: "QuantizeLinear", inputs: [float(2, 3), constant()], output: 2, opcode: Opcode.QuantizeLinear, row: [0], rule: Rule.equal, kinds: "computed constant absent" },
  "QuantizeLinear per channel": { op: "QuantizeLinear", inputs: [float(2, 3), constant(3), byte(3, 1, 2, 3)], attributes: { axis: int(-1) }, output: 3, opcode: Opcode.QuantizeLinear, row: [1], rule: Rule.equal },
  "QuantizeLinear by a computed scale": { op: "QuantizeLinear", inputs: [float(2, 3), float(), typed(2)], output: 2, opcode: Opcode.QuantizeLinear, row: [0], rule: Rule.equal, kinds: "computed computed computed" },
  "DequantizeLinear along axis 1 by default": { op: "DequantizeLinear", inputs: [typed(2, 2, 3), constant(3), byte(2, 1, 2, 3)], opcode: Opcode.DequantizeLinear, row: [1], rule: Rule.equal },
  "DequantizeLinear of int32": { op: "DequantizeLinear", inputs: [typed(6, 4), constant()], opcode: Opcode.DequantizeLinear, row: [0], rule: Rule.equal },
  "Add with broadcasting": { op: "Add", inputs: [float(2, 1, 3), constant(4, 1)], opcode: Opcode.Add, row: [], rule: Rule.rounded, dims: [2, 4, 3] },
  "Sub of integers": { op: "Sub", inputs: [typed(6, 4), typed(6, 4)], output: 6, opcode: Opcode.Sub, row: [], rule: Rule.equal },
  "Mul": { op: "Mul", inputs: [float(4), float(4)], opcode: Opcode.Mul, row: [], rule: Rule.rounded },
  "Div": { op: "Div", inputs: [float(4), float(1)], opcode: Opcode.Div, row: [], rule: Rule.rounded },
  "Sum of two": { op: "Sum", inputs: [float(4), float(2, 4)], opcode: Opcode.Add, row: [], rule: Rule.rounded, dims: [2, 4] },
  "Relu": { op: "Relu", inputs: [float(4)], opcode: Opcode.Relu, row: [], rule: Rule.equal },
  "Flatten with a negative axis": { op: "Flatten", inputs: [float(2, 3, 4)], attributes: { axis: int(-1) }, opcode: Opcode.Strided, row: [], rule: Rule.equal, dims: [6, 4] },
  "Reshape": { op: "Reshape", inputs: [float(2, 3, 4), int64(0, -1)], opcode: Opcode.Strided, row: [], rule: Rule.equal, dims: [2, 12], kinds: "computed" },
  "Squeeze": { op: "Squeeze", inputs: [float(1, 3, 1), int64(0)], opcode: Opcode.Strided, row: [], rule: Rule.equal, dims: [3, 1], kinds: "computed" },
  "Unsqueeze by attribute": { op: "Unsqueeze", inputs: [float(3)], attributes: { axes: ints(0, 2) }, opset: 11, opcode: Opcode.Strided, row: [], rule: Rule.equal, dims: [1, 3, 1] },
  "Identity of an input": { op: "Identity", inputs: [float(3)], opcode: Opcode.Strided, row: [], rule: Rule.equal },
  "Dropout in inference": { op: "Dropout", inputs: [float(3)], opcode: Opcode.Strided, row: [], rule: Rule.equal },
  "Transpose by default": { op: "Transpose", inputs: [float(2, 3, 4)], opcode: Opcode.Strided, row: [4, 3, 2, 1, 4, 12, 0], rule: Rule.equal, dims: [4, 3, 2] },
  "Transpose": { op: "Transpose", inputs: [float(2, 3, 4)], attributes: { perm: ints(1, 2, 0) }, opcode: Opcode.Strided, row: [12, 2, 1, 12, 0], rule: Rule.equal },
  "Sqrt": { op: "Sqrt", inputs: [float(4)], opcode: Opcode.Sqrt, row: [], rule: Rule.rounded },
  "Abs": { op: "Abs", inputs: [float(4)], opcode: Opcode.Abs, row: [], rule: Rule.equal },
  "Max with broadcasting": { op: "Max", inputs: [float(2, 1, 3), constant(4, 1)], opcode: Opcode.Max, row: [], rule: Rule.equal, dims: [2, 4, 3] },
  "Min of integers": { op: "Min", inputs: [typed(7, 4), typed(7, 4)], output: 7, opcode: Opcode.Min, row: [], rule: Rule.equal },
  "LeakyRelu with defaults": { op: "LeakyRelu", inputs: [float(4)], opcode: Opcode.LeakyRelu, row: [bits(0.01)], rule: Rule.rounded },
  "Clip by inputs": { op: "Clip", inputs: [float(4), factors(0), null], opcode: Opcode.Clip, row: [0, bits(3.4028234663852886e38)], rule: Rule.equal, kinds: "computed" },
  "Clip by attributes": { op: "Clip", inputs: [float(4)], attributes: { min: { float: -1 }, max: { float: 6 } }, opset: 10, opcode: Opcode.Clip, row: [bits(-1), bits(6)], rule: Rule.equal },
  "ReduceMax by attribute": { op: "ReduceMax", inputs: [float(2, 3, 4)], attributes: { axes: ints(-1, 0), keepdims: int(0) }, opset: 13, opcode: Opcode.ReduceMax, row: [0, 2], rule: Rule.equal, dims: [3] },
  "ReduceMax by input, of integers": { op: "ReduceMax", inputs: [typed(6, 2, 3, 4), int64(1)], output: 6, opset: 18, opcode: Opcode.ReduceMax, row: [1], rule: Rule.equal, dims: [2, 1, 4], kinds: "computed" },
  "Add of float64": { op: "Add", inputs: [typed(11, 2, 3), typed(11, 3)], output: 11, opcode: Opcode.Add, row: [], rule: Rule.rounded, dims: [2, 3] },
  "Abs of integers": { op: "Abs", inputs: [typed(7, 4)], output: 7, opcode: Opcode.Abs, row: [], rule: Rule.equal },
  "Equal with broadcasting": { op: "Equal", inputs: [typed(7, 2, 1, 3), typed(7, 4, 1)], output: 9, opcode: Opcode.Equal, row: [], rule: Rule.equal, dims: [2, 4, 3] },
  "Less": { op: "Less", inputs: [float(4), constant(4)], output: 9, opcode: Opcode.Less, row: [], rule: Rule.equal, kinds: "computed constant" },
  "Greater is Less the other way round": { op: "Greater", inputs: [float(4), constant(4)], output: 9, opcode: Opcode.Less, row: [], rule: Rule.equal, kinds: "constant computed" },
  "LessOrEqual": { op: "LessOrEqual", inputs: [float(4), constant(4)], output: 9, opset: 16, opcode: Opcode.LessOrEqual, row: [], rule: Rule.equal, kinds: "computed constant" },
  "GreaterOrEqual": { op: "GreaterOrEqual", inputs: [float(4), constant(4)], output: 9, opset: 16, opcode: Opcode.LessOrEqual, row: [], rule: Rule.equal, kinds: "constant computed" },
  ...Object.fromEntries((["And", "Or", "Xor"] as const).flatMap((op): [string, Case][] => [
    [op, { op, inputs: [typed(9, 4), typed(9, 4)], output: 9, opcode: Opcode[op], row: [], rule: Rule.equal }],
    [`Bitwise${op}`, { op: `Bitwise${op}`, inputs: [typed(6, 4), typed(6, 4)], output: 6, opset: 18, opcode: Opcode[op], row: [], rule: Rule.equal }],
  ])),
  "Not": { op: "Not", inputs: [typed(9, 4)], output: 9, opcode: Opcode.Not, row: [], rule: Rule.equal },
  "BitwiseNot": { op: "BitwiseNot", inputs: [typed(2, 4)], output: 2, opset: 18, opcode: Opcode.Not, row: [], rule: Rule.equal },
  "BitShift": { op: "BitShift", inputs: [typed(2, 4), typed(2, 4)], attributes: { direction: { string: "RIGHT" } }, output: 2, opcode: Opcode.BitShift, row: [1], rule: Rule.equal },
  "Sign": { op: "Sign", inputs: [float(4)], opcode: Opcode.Sign, row: [], rule: Rule.equal },
  "Round": { op: "Round", inputs: [float(4)], opcode: Opcode.Round, row: [0], rule: Rule.equal },
  "Ceil": { op: "Ceil", inputs: [float(4)], opcode: Opcode.Round, row: [1], rule: Rule.equal },
  "Mod of floating point numbers": { op: "Mod", inputs: [float(4), float(4)], attributes: { fmod: int(1) }, opcode: Opcode.Mod, row: [1], rule: Rule.equal },
  "Mod of integers": { op: "Mod", inputs: [typed(7, 2), int64(3, -5)], output: 7, opcode: Opcode.Mod, row: [0], rule: Rule.equal },
  "Where": { op: "Where", inputs: [typed(9, 2, 1), float(3), float(1)], opcode: Opcode.Where, row: [], rule: Rule.equal, dims: [2, 3] },
  "Cast": { op: "Cast", inputs: [float(4)], attributes: { to: int(7) }, output: 7, opcode: Opcode.Cast, row: [], rule: Rule.equal },
  "Exp": { op: "Exp", inputs: [float(4)], opcode: Opcode.Exp, row: [], rule: Rule.kernel },
  "Tanh": { op: "Tanh", inputs: [float(4)], opcode: Opcode.Tanh, row: [], rule: Rule.kernel },
  "Sigmoid": { op: "Sigmoid", inputs: [float(2, 3)], opcode: Opcode.Sigmoid, row: [], rule: Rule.kernel },
  "Erf": { op: "Erf", inputs: [float(4)], opcode: Opcode.Erf, row: [], rule: Rule.kernel },
  "Gelu with defaults": { op: "Gelu", inputs: [float(4)], opset: 20, opcode: Opcode.Gelu, row: [0], rule: Rule.kernel },
  "Gelu by a tangent": { op: "Gelu", inputs: [float(4)], attributes: { approximate: { string: "tanh" } }, opset: 20, opcode: Opcode.Gelu, row: [1], rule: Rule.kernel },
  "HardSigmoid with defaults": { op: "HardSigmoid", inputs: [float(4)], opcode: Opcode.HardSigmoid, row: [bits(0.2), bits(0.5)], rule: Rule.kernel },
  "Floor": { op: "Floor", inputs: [float(4)], opcode: Opcode.Floor, row: [], rule: Rule.equal },
  "Gather along an axis": { op: "Gather", inputs: [float(2, 3, 4), int64(2, -1)], attributes: { axis: int(-2) }, opcode: Opcode.Indexed, row: [1, 3, 4, 2, 2, 4, 12, 0, 1, 0, 1, 0], rule: Rule.equal, dims: [2, 2, 4], kinds: "computed constant" },
  "Gather of one slice": { op: "Gather", inputs: [float(3, 4), { ...int64(1), dims: [] }], opcode: Opcode.Indexed, row: [1, 3, 4, 4, 1, 0], rule: Rule.equal, dims: [4] },
  "GatherElements": { op: "GatherElements", inputs: [float(2, 3), { ...int64(2, 0, -1, 1), dims: [2, 2] }], attributes: { axis: int(1) }, opcode: Opcode.Indexed, row: [1, 3, 1, 2, 2, 3, 0, 2, 1], rule: Rule.equal, dims: [2, 2] },
  "GatherND": { op: "GatherND", inputs: [float(2, 3), { ...int64(1, 2, 0, -3), dims: [2, 2] }], opcode: Opcode.Indexed, row: [2, 2, 3, 3, 1, 2, 0, 2], rule: Rule.equal, dims: [2] },
  "GatherND in batches": { op: "GatherND", inputs: [float(2, 3, 4), { ...int64(1, 2), dims: [2, 1] }], attributes: { batch_dims: int(1) }, opcode: Opcode.Indexed, row: [1, 3, 4, 2, 4, 12, 1, 1, 0], rule: Rule.equal, dims: [2, 4] },
  "Concat": { op: "Concat", inputs: [float(2, 3), constant(2, 1), float(2, 2)], attributes: { axis: int(-1) }, opcode: Opcode.Concat, row: [1], rule: Rule.equal, dims: [2, 6], kinds: "computed constant computed" },
  "Slice by input": { op: "Slice", inputs: [float(6, 8), int64(1, -1), int64(1000, -1000), int64(0, 1), int64(2, -3)], opcode: Opcode.Strided, row: [3, 3, 16, -3, 15], rule: Rule.equal, dims: [3, 3], kinds: "computed" },
  "Slice by attribute": { op: "Slice", inputs: [float(6, 8)], attributes: { starts: ints(2), ends: ints(4) }, opset: 9, opcode: Opcode.Strided, row: [16, 1, 16], rule: Rule.equal, dims: [2, 8] },
  "Slice to the end, as exporters write it": { op: "Slice", inputs: [float(6, 8), int64(1, -1), int64(2n ** 63n - 1n, -(2n ** 63n)), int64(0, 1), int64(2n ** 63n - 1n, -3)], opcode: Opcode.Strided, row: [3, -3, 15], rule: Rule.equal, dims: [1, 3] },
  "Slice of everything": { op: "Slice", inputs: [float(6, 8), int64(0), int64(6)], opcode: Opcode.Strided, row: [], rule: Rule.equal, dims: [6, 8] },
  "Expand": { op: "Expand", inputs: [float(3, 1), int64(2, 1, 4)], opcode: Opcode.Strided, row: [2, 3, 4, 0, 1, 0, 0], rule: Rule.equal, dims: [2, 3, 4], kinds: "computed" },
  "Tile": { op: "Tile", inputs: [float(2, 3), int64(1, 2)], opcode: Opcode.Strided, row: [2, 2, 3, 3, 0, 1, 0], rule: Rule.equal, dims: [2, 6], kinds: "computed" },
  "DepthToSpace": { op: "DepthToSpace", inputs: [float(1, 4, 1, 2)], attributes: { blocksize: int(2) }, opcode: Opcode.Strided, row: [2, 2, 2, 4, 1, 2, 0], rule: Rule.equal, dims: [1, 1, 2, 4] },
  "SpaceToDepth": { op: "SpaceToDepth", inputs: [float(1, 1, 2, 4)], attributes: { blocksize: int(2) }, opcode: Opcode.Strided, row: [2, 2, 2, 4, 1, 2, 0], rule: Rule.equal, dims: [1, 4, 1, 2] },
  "Resize to sizes": { op: "Resize", inputs: [float(1, 1, 2, 3), null, null, int64(1, 1, 4, 3)], attributes: { mode: { string: "nearest" } }, opcode: Opcode.Strided, row: [2, 2, 3, 3, 0, 1, 0], rule: Rule.equal, dims: [1, 1, 4, 3], kinds: "computed" },
  "Resize by scales": { op: "Resize", inputs: [float(1, 1, 2, 3), factors(1, 1, 2, 1)], opset: 10, opcode: Opcode.Strided, row: [2, 2, 3, 3, 0, 1, 0], rule: Rule.equal, dims: [1, 1, 4, 3] },
  "Upsample": { op: "Upsample", inputs: [float(1, 1, 2, 3), factors(1, 1, 1, 2)], opset: 9, opcode: Opcode.Strided, row: [6, 2, 1, 0, 0], rule: Rule.equal, dims: [1, 1, 2, 6] },
  "ReduceMean by attribute": { op: "ReduceMean", inputs: [float(2, 3, 4)], attributes: { axes: ints(-1, 0), keepdims: int(0) }, opset: 13, opcode: Opcode.ReduceMean, row: [0, 2], rule: Rule.lanes, dims: [3] },
  "ReduceMean by input": { op: "ReduceMean", inputs: [float(2, 3, 4), int64(1)], opset: 18, opcode: Opcode.ReduceMean, row: [1], rule: Rule.lanes, dims: [2, 1, 4], kinds: "computed" },
  "ReduceMean over everything": { op: "ReduceMean", inputs: [float(2, 3)], opset: 18, opcode: Opcode.ReduceMean, row: [0, 1], rule: Rule.lanes, dims: [1, 1] },
  "ReduceMean over nothing": { op: "ReduceMean", inputs: [float(2, 3)], attributes: { noop_with_empty_axes: int(1) }, opset: 18, opcode: Opcode.Strided, row: [], rule: Rule.equal, dims: [2, 3] },
  "GlobalAveragePool": { op: "GlobalAveragePool", inputs: [float(1, 3, 4, 5)], opcode: Opcode.ReduceMean, row: [2, 3], rule: Rule.lanes, dims: [1, 3, 1, 1] },
  "AveragePool over the whole map": { op: "AveragePool", inputs: [float(1, 3, 4, 5)], attributes: { kernel_shape: ints(4, 5) }, opcode: Opcode.ReduceMean, row: [2, 3], rule: Rule.lanes, dims: [1, 3, 1, 1] },
  "BatchNormalization": { op: "BatchNormalization", inputs: [float(1, 3, 4), constant(3), constant(3), constant(3), constant(3)], attributes: { epsilon: { float: 0.25 } }, opset: 15, opcode: Opcode.BatchNormalization, row: [bits(0.25)], rule: Rule.lanes },
  "LayerNormalization with defaults": { op: "LayerNormalization", inputs: [float(2, 3, 4), constant(4)], opset: 17, opcode: Opcode.LayerNormalization, row: [2, bits(1e-5)], rule: Rule.bound, kinds: "computed constant absent" },
  "LayerNormalization of two axes": { op: "LayerNormalization", inputs: [float(2, 3, 4), float(3, 4), constant(3, 4)], attributes: { axis: int(-2), epsilon: { float: 0.25 } }, opset: 17, opcode: Opcode.LayerNormalization, row: [1, bits(0.25)], rule: Rule.lanes },
  "Softmax flattens before opset 13": { op: "Softmax", inputs: [float(2, 3, 4)], opset: 11, opcode: Opcode.Softmax, row: [1, 3], rule: Rule.lanes },
  "Softmax along the last axis since opset 13": { op: "Softmax", inputs: [float(2, 3, 4)], opset: 13, opcode: Opcode.Softmax, row: [2, 3], rule: Rule.lanes },
  "Softmax along an axis": { op: "Softmax", inputs: [float(2, 3, 4)], attributes: { axis: int(0) }, opset: 21, opcode: Opcode.Softmax, row: [0, 1], rule: Rule.lanes },
};

const kindOf = (tensor: Node["inputs"][number]) => tensor?.source.kind ?? "absent";

describe("what an ONNX node becomes", () => {
  for (const [name, { op, inputs, attributes, opset, output = 1, opcode, row, rule, kinds, perms, dims }] of Object.entries(cases)) {
    it(name, async () => {
      const file = oneNodeModel({ op, inputs, attributes, opset, outputs: [{ dtype: output }] });
      const { program } = await compile(file, { runtime: ortRuntime, form: "source" });
      expect(program.nodes).to.have.length(1);
      const [node] = program.nodes;
      expect(node.opcode).to.equal(opcode);
      expect(node.attributes).to.deep.equal(row);
      if (rule !== undefined) expect(node.rule).to.equal(rule);
      const operator = operatorOf(opcode);
      // What a descriptor says of all rows (docs/operators.md) is true of this one.
      const lowered = LOWERINGS.filter(({ into }) => into.includes(operator.name)).flatMap(({ onnx }) => Object.keys(onnx));
      expect([...Object.keys(operator.onnx), ...lowered, operator.remark?.split(" ")[0]]).to.include(op);
      expect(operator.rules).to.include(node.rule);
      expect(operator.types).to.include(node.output.dtype);
      if (!operator.inputs.at(-1)!.endsWith("…")) expect(node.inputs).to.have.length(operator.inputs.length);
      if (kinds !== undefined) expect(node.inputs.map(kindOf).join(" ")).to.equal(kinds);
      if (perms !== undefined) expect(node.inputs.map((tensor) => tensor?.perm)).to.deep.equal(perms);
      if (dims !== undefined) expect(node.output.dims).to.deep.equal(dims);
      const { name: _name, op: _op, ...fields } = node;
      expect(decodeRow(encodeRow(node))).to.deep.equal(fields);
    });
  }

  it("covers every supported operator", () => {
    const tried = new Set(Object.values(cases).map(({ op }) => op));
    expect([...supportedOperators].filter((op) => !tried.has(op))).to.deep.equal([]);
  });

  it("means the same in every opset from 7 to 26, except where ONNX changed it", async () => {
    const names = ["Conv with everything", "Gemm with everything", "MatMul in batches", "MaxPool with defaults", "GlobalAveragePool", "Transpose", "Add with broadcasting", "Flatten", "Softmax", "BatchNormalization"];
    const others: Record<string, Case> = {
      Flatten: { op: "Flatten", inputs: [float(2, 3, 4)], attributes: { axis: int(2) }, opcode: Opcode.Strided, row: [] },
      Softmax: { op: "Softmax", inputs: [float(2, 3, 4)], attributes: { axis: int(1) }, opcode: Opcode.Softmax, row: [] },
    };
    for (let opset = OPSETS.min; opset <= OPSETS.max; opset++) {
      for (const name of names) {
        const { op, inputs, attributes, opcode, row } = others[name] ?? cases[name];
        const { program } = await compile(oneNodeModel({ op, inputs, attributes, opset, outputs: [{ dtype: 1 }] }), { runtime: ortRuntime, form: "source" });
        expect(program.nodes[0].opcode, `${name}, opset ${opset}`).to.equal(opcode);
        expect(program.nodes[0].attributes, `${name}, opset ${opset}`).to.deep.equal(op === "Softmax" ? (opset < 13 ? [1, 3] : [1, 2]) : row);
      }
    }
  });

  it("writes a Sum of three as two additions from the left, and of one as its input", async () => {
    const three = await compile(oneNodeModel({ op: "Sum", inputs: [float(2), float(2), float(2)], outputs: [float(2)] }), { runtime: ortRuntime, form: "source" });
    expect(three.program.nodes.map(({ op, inputs }) => [op, ...inputs.map((t) => (t?.source.kind === "computed" ? t.source.id : -1))])).to.deep.equal([
      ["Add", 0, 1],
      ["Add", 3, 2],
    ]);
    const one = await compile(oneNodeModel({ op: "Sum", inputs: [float(2)], outputs: [float(2)] }), { runtime: ortRuntime, form: "source" });
    expect(one.program.nodes.map(({ opcode }) => opcode)).to.deep.equal([Opcode.Strided]);
  });
});
