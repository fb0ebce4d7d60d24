import { DType } from "../../../core/tensor/dtype.ts";
import type { GivenNode } from "../loweredNode.ts";
import { float, floats, int, int32, MICROSOFT, random, real, type Attributes, type Inputs, type OperatorCases } from "./cases.ts";

const microsoft = (op: string, inputs: Inputs, attributes: Attributes = {}, outputs: readonly number[] = floats(1), opset = 17): GivenNode => ({
  op,
  domain: MICROSOFT,
  opset,
  inputs,
  attributes,
  outputs,
});

const skip = (op: string, hasShift: boolean): OperatorCases => {
  const [scale, shift, bias] = [float([16]), float([16]), float([16])];
  const parameters = hasShift ? [scale, shift] : [scale];
  const x = float([2, 3, 16]);
  return {
    within: 5e-6,
    nodes: {
      "plain": microsoft(op, [x, float([2, 3, 16]), ...parameters], {}, floats(1), 11),
      "with a bias, and the sum beside it": microsoft(op, [x, float([2, 3, 16]), ...parameters, bias], { epsilon: real(1e-5) }, hasShift ? floats(4) : floats(1)),
      "of a skip for every batch": microsoft(op, [x, float([3, 16]), scale, ...(hasShift ? [null] : []), bias], { epsilon: real(1e-5) }),
    },
  };
};

export const skipLayerNormalization = skip("SkipLayerNormalization", true);
export const skipSimplifiedLayerNormalization = skip("SkipSimplifiedLayerNormalization", false);

const ids = int32([2, 3], [1, 2, 3, 4, 0, 19]);
const [words, positions, segments, scale, shift] = [float([20, 8], { constant: true }), float([10, 8]), float([2, 8]), float([8]), float([8])];
const mask = int32([2, 3], [1, 1, 0, 1, 2, 1]);
const embedded = (inputs: Inputs, outputs: readonly number[] = [DType.float32, DType.int32]) => microsoft("EmbedLayerNormalization", inputs, { epsilon: real(1e-12) }, outputs);

export const embedLayerNormalization: OperatorCases = {
  within: 5e-6,
  nodes: {
    "with segments and a mask": embedded([ids, int32([2, 3], [0, 1, 0, 1, 1, 0]), words, positions, segments, scale, shift, mask]),
    "with stated positions, and the sum beside it": embedded([ids, null, words, positions, null, scale, shift, mask, int32([2, 3], [3, 2, 1, 9, 0, 3])], [DType.float32, DType.int32, DType.float32]),
  },
  left: { "without a mask, whose lengths are read": embedded([ids, null, words, positions, null, scale, shift]) },
};

export const fusedMatMul: OperatorCases = {
  within: 1e-6,
  nodes: {
    "scaled": microsoft("FusedMatMul", [float([2, 3, 4]), float([2, 4, 5])], { alpha: real(0.3) }),
    "of turned matrices": microsoft("FusedMatMul", [float([4, 3]), float([2, 5, 4])], { transA: int(1), transB: int(1) }),
    "of a turned batch": microsoft("FusedMatMul", [float([3, 2, 4]), float([2, 4, 5])], { transBatchA: int(1) }),
    "of turned batches of turned matrices": microsoft("FusedMatMul", [float([4, 2, 6, 3]), float([5, 2, 6, 4])], { transBatchA: int(1), transA: int(1), transBatchB: int(1), transB: int(1) }),
    "of a vector": microsoft("FusedMatMul", [float([4]), float([4, 5])], { transA: int(1) }),
  },
};

export const transposeMatMul: OperatorCases = { within: 1e-6, nodes: { "turned": microsoft("TransposeMatMul", [float([2, 4, 3]), float([2, 4, 5])], { transA: int(1) }) } };

export const fusedGemm: OperatorCases = {
  within: 1e-6,
  nodes: {
    "with a Relu": microsoft("FusedGemm", [float([3, 4]), float([5, 4]), float([5])], { activation: { string: "Relu" }, transB: int(1), alpha: real(0.5) }),
    "with a LeakyRelu": microsoft("FusedGemm", [float([3, 4]), float([4, 5])], { activation: { string: "LeakyRelu" }, activation_alpha: real(0.3) }),
    "with a HardSigmoid": microsoft("FusedGemm", [float([3, 4]), float([4, 5])], { activation: { string: "HardSigmoid" }, activation_alpha: real(0.3), activation_beta: real(0.4) }),
  },
  left: { "with a Softplus": microsoft("FusedGemm", [float([3, 4]), float([4, 5])], { activation: { string: "Softplus" } }) },
};

const map: Inputs = [float([1, 2, 5, 5]), float([3, 2, 3, 3]), float([3])];

export const fusedConv: OperatorCases = {
  within: 1e-6,
  nodes: {
    "with a sum and a Relu": microsoft("FusedConv", [...map, float([1, 3, 3, 3])], { activation: { string: "Relu" } }),
    "with a Clip": microsoft("FusedConv", map, { activation: { string: "Clip" }, activation_params: { floats: [-0.5, 0.4] }, pads: { ints: [1, 1, 1, 1] } }),
    "with a Tanh": microsoft("FusedConv", map, { activation: { string: "Tanh" } }),
    "with a Sigmoid": microsoft("FusedConv", map, { activation: { string: "Sigmoid" }, strides: { ints: [2, 2] } }),
    "with a LeakyRelu": microsoft("FusedConv", map, { activation: { string: "LeakyRelu" }, activation_params: { floats: [0.3] } }),
    "without an activation": microsoft("FusedConv", map),
  },
};

const unit = (op: string, withBias: readonly boolean[], attributes: Attributes = {}): OperatorCases => ({
  within: 1e-6,
  nodes: Object.fromEntries(
    [11, 20].flatMap((opset) =>
      withBias.map((isBiased) => {
        const x = float([4, 9], { draw: () => 5 * random.normal() });
        return [`${isBiased ? "with a bias, " : ""}opset ${opset}`, microsoft(op, isBiased ? [x, float([9])] : [x], attributes, floats(1), opset)];
      }),
    ),
  ),
});

export const gelu = unit("Gelu", [false]);
export const biasGelu = unit("BiasGelu", [true]);
export const fastGelu = unit("FastGelu", [false, true]);
export const quickGelu = unit("QuickGelu", [false], { alpha: real(1.5) });

const distances = (metric: string): GivenNode => microsoft("CDist", [float([5, 7]), float([9, 7], { constant: true })], { metric: { string: metric } });

export const pairwiseDistances: OperatorCases = {
  within: 1e-5,
  nodes: {
    "squared": distances("sqeuclidean"),
    "as they are": distances("euclidean"),
    "of numbers": microsoft("CDist", [float([4, 1]), float([3, 1])], { metric: { string: "euclidean" } }),
  },
  left: { "of float64": { ...distances("euclidean"), inputs: [11, 11].map((dtype) => ({ dtype, dims: [2, 2], raw: new Uint8Array(32) })), outputs: [11] } },
};
