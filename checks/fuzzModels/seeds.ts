import { readModel } from "../../models/digits.ts";
import { oneNodeModels } from "../../test/support/models.ts";
import { float, graphModel } from "../../test/support/graph.ts";
import { oneNodeModel, type Attribute, type ModelTensor } from "../../test/support/onnxModel.ts";

const x = (...dims: number[]): ModelTensor => ({ dtype: 1, dims });
const floats = (dims: number[], value = 0.25): ModelTensor => ({ ...x(...dims), raw: new Uint8Array(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value).buffer) });
const longs = (...values: number[]): ModelTensor => ({ dtype: 7, dims: [values.length], raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });

const one = (op: string, inputs: (ModelTensor | null)[], attributes: Record<string, Attribute> = {}, outputs = 1, opset = 17): Uint8Array =>
  oneNodeModel({ op, inputs, outputs: Array.from({ length: outputs }, () => ({ dtype: 1 })), attributes, opset });

/** Whole numbers that are given: indices, and divisors. */
const given = (...dims: number[]): ModelTensor => ({ dtype: 7, dims });
const whole = (op: string, inputs: ModelTensor[], attributes: Record<string, Attribute> = {}): Uint8Array => oneNodeModel({ op, inputs, outputs: [{ dtype: 7 }], attributes });

/** Operators whose constants say what shape things have. */
const shaping = (): Uint8Array[] => [
  one("Slice", [x(4, 6), longs(1), longs(5), longs(1), longs(2)]),
  one("Split", [x(4, 6), longs(2, 4)], { axis: { int: 1 } }, 2),
  one("Pad", [x(2, 3), longs(1, 0, 0, 2), floats([], 0)]),
  one("Resize", [x(1, 1, 4, 4), null, floats([4], 2)], { mode: { string: "nearest" } }),
  one("Resize", [x(1, 1, 4, 4), null, null, longs(1, 1, 7, 6)], { mode: { string: "linear" } }),
  one("Concat", [x(2, 3), x(2, 5)], { axis: { int: 1 } }),
  one("Gather", [x(5, 3), longs(0, 4)], { axis: { int: 0 } }),
  one("Tile", [x(2, 3), longs(2, 3)]),
  one("Expand", [x(1, 3), longs(4, 3)]),
  one("Squeeze", [x(1, 3, 1), longs(0)]),
  one("Unsqueeze", [x(3), longs(0, 2)]),
  one("ReduceSum", [x(3, 4, 5), longs(1)], { keepdims: { int: 0 } }),
  one("DepthToSpace", [x(1, 8, 2, 3)], { blocksize: { int: 2 } }),
  one("SpaceToDepth", [x(1, 2, 4, 6)], { blocksize: { int: 2 } }),
  oneNodeModel({ op: "TopK", inputs: [x(3, 9), longs(4)], outputs: [{ dtype: 1 }, { dtype: 7 }] }),
  one("CumSum", [x(3, 4), { dtype: 7, dims: [], raw: new Uint8Array(8) }]),
  one("ConstantOfShape", [longs(2, 3)]),
  one("Einsum", [x(2, 3), x(3, 4)], { equation: { string: "ij,jk->ik" } }),
];

/** Operators whose inputs say where and by what, and those of pictures and spectra. */
const computed = (): Uint8Array[] => [
  one("ScatterElements", [x(3, 4), given(3, 2), x(3, 2)], { axis: { int: 1 } }),
  one("ScatterND", [x(4, 3), given(2, 1), x(2, 3)]),
  whole("Div", [given(2, 3), given(2, 3)]),
  whole("Mod", [given(2, 3), given(3)]),
  one("GridSample", [x(1, 2, 4, 4), x(1, 3, 3, 2)], { mode: { string: "bilinear" }, align_corners: { int: 1 } }),
  one("AffineGrid", [x(1, 2, 3), longs(1, 2, 3, 4)], {}, 1, 20),
  one("Col2Im", [x(1, 5, 5), longs(5, 5), longs(1, 5)], {}, 1, 18),
  one("MaxUnpool", [x(1, 1, 2, 2), { ...longs(5, 7, 13, 15), dims: [1, 1, 2, 2] }], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),
  one("DFT", [x(1, 8, 1)], { axis: { int: 1 }, onesided: { int: 1 } }),
  one("CumProd", [x(3, 4), { dtype: 7, dims: [], raw: new Uint8Array(8) }], {}, 1, 26),
  one("Det", [x(2, 3, 3)]),
];

const others = (): Uint8Array[] => [
  one("AveragePool", [x(1, 2, 6, 6)], { kernel_shape: { ints: [3, 2] }, strides: { ints: [2, 2] }, pads: { ints: [1, 0, 1, 1] } }),
  one("ConvTranspose", [x(1, 2, 4, 4), floats([2, 3, 2, 2])], { strides: { ints: [2, 2] } }),
  one("Clip", [x(3, 4), floats([], -1), floats([], 1)]),
  one("PRelu", [x(2, 3), floats([3])]),
  one("InstanceNormalization", [x(1, 3, 4), floats([3]), floats([3])]),
  one("LogSoftmax", [x(2, 5)], { axis: { int: 1 } }),
  one("Cast", [x(2, 5)], { to: { int: 1 } }),
  one("LSTM", [x(3, 1, 4), floats([1, 8, 4]), floats([1, 8, 2])], { hidden_size: { int: 2 } }, 2),
  one("GRU", [x(3, 1, 4), floats([1, 6, 4]), floats([1, 6, 2])], { hidden_size: { int: 2 } }, 2),
  graphModel({
    inputs: [float("x", [1, 4, 6])],
    constants: [{ ...float("w", [6, 5]), raw: new Uint8Array(120).fill(60) }],
    nodes: [
      ["Shape", ["x"], "shape"],
      ["MatMul", ["x", "w"], "y"],
      ["Relu", ["y"], "z"],
      ["Softmax", ["z"], "s", { axis: 2 }],
      ["Transpose", ["s"], "t", { perm: [0, 2, 1] }],
      ["MatMul", ["t", "z"], "u"],
      ["Flatten", ["u"], "v"],
      ["Identity", ["v"], "r"],
    ],
    outputs: [float("r"), float("s")],
  }),
];

/** Files that are mutated, every one of which this project made. */
export const seeds = (): Uint8Array[] => [...oneNodeModels.values(), ...shaping(), ...computed(), ...others(), readModel("digits-mlp"), readModel("digits-cnn-int8")];
