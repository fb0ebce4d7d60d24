import type { GivenNode } from "../loweredNode.ts";
import { bool, float, floats, int, int32, int64, LOWEST, MICROSOFT, random, real, someOf, type Attributes, type Inputs, type OperatorCases } from "./cases.ts";

const standard = (inputs: Inputs, attributes: Attributes = {}, outputs = 1, opset = 24): GivenNode => ({ op: "Attention", opset, inputs, attributes, outputs: floats(outputs) });
const [Q, K, V] = [float([2, 4, 3, 8]), float([2, 2, 5, 8]), float([2, 2, 5, 6])];
const [q, k, v] = [float([2, 3, 32]), float([2, 5, 16]), float([2, 5, 12])];
const packed = { q_num_heads: int(4), kv_num_heads: int(2) };
const causal = { is_causal: int(1) };
const mask = (...dims: number[]) => float(dims);
/** A mask of which the first row shows nothing. */
const empty = (hidden: number) => {
  const shown = [0, 0, 0, 0, 0, ...someOf([2, 5])];
  return float([3, 5], { draw: () => (shown.shift() === 1 ? random.normal() : hidden) });
};

export const attention: OperatorCases = {
  within: 2e-6,
  nodes: {
    "by heads": standard([Q, K, V], {}, 1, 23),
    "side by side": standard([q, k, v], packed),
    "of one position, with a past": standard([float([2, 4, 1, 8]), float([2, 2, 1, 8]), float([2, 2, 1, 6]), null, float([2, 2, 4, 8]), float([2, 2, 4, 6])], causal, 3),
    "causal, with a past": standard([q, k, v, null, float([2, 2, 4, 8]), float([2, 2, 4, 6])], { ...packed, ...causal }, 3),
    "with a scale, a cap and a mask": standard([Q, K, V, mask(2, 1, 3, 5)], { scale: real(0.3), softcap: real(1.5) }),
    "with a causal mask of three axes": standard([Q, K, V, mask(4, 3, 5)], causal),
    "with a boolean mask": standard([Q, K, V, bool([3, 5], someOf([3, 5]))]),
    "with a constant boolean mask": standard([Q, K, V, bool([2, 1, 3, 5], someOf([2, 1, 3, 5]), true)], causal),
    "with rows that see nothing": standard([Q, K, V, empty(-Infinity)]),
    "with rows of lowest numbers": standard([Q, K, V, empty(LOWEST)], {}, 4),
    "with rows of a boolean mask that see nothing": standard([Q, K, V, bool([3, 5], [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1])], causal),
    ...Object.fromEntries([0, 1, 2, 3].map((mode) => [`and what its scores were, mode ${mode}`, standard([Q, K, V, mask(3, 5)], { qk_matmul_output_mode: int(mode), softcap: real(2) }, 4)])),
    "with ends of sequences": standard([Q, K, V, null, null, null, int64([2], [3, 5])]),
    "causal, with ends of sequences": standard([Q, K, V, mask(3, 5), null, null, int64([2], [4, 0])], causal),
    "causal, with an end before its rows": standard([Q, K, V, null, null, null, int64([2], [2, 5])], { ...causal, qk_matmul_output_mode: int(3) }, 4),
  },
  left: { "of float16": { op: "Attention", opset: 23, outputs: [10], inputs: [10, 10, 10].map((dtype) => ({ dtype, dims: [1, 1, 2, 4], raw: new Uint8Array(16) })) } },
};

const caches = (half: number) => [float([12, half], { constant: true }), float([12, half], { constant: true })];
const rotary = (inputs: Inputs, attributes: Attributes): GivenNode => ({ op: "RotaryEmbedding", opset: 23, inputs, attributes });

export const rotaryEmbedding: OperatorCases = {
  within: 1e-6,
  nodes: Object.fromEntries(
    [0, 1].flatMap((interleaved) => {
      const how = interleaved === 1 ? "interleaved, " : "";
      const attributes = { interleaved: int(interleaved) };
      const positions = int64([2, 3], [0, 5, 11, 3, 2, 1]);
      return [
        [`${how}by heads`, rotary([float([2, 4, 3, 8]), ...caches(4), positions], attributes)],
        [`${how}side by side`, rotary([float([2, 3, 32]), ...caches(4), positions], { ...attributes, num_heads: int(4) })],
        [`${how}in part`, rotary([float([2, 4, 3, 8]), ...caches(2), positions], { ...attributes, rotary_embedding_dim: int(4) })],
        [`${how}by angles of its own`, rotary([float([2, 3, 32]), float([2, 3, 4]), float([2, 3, 4])], { ...attributes, num_heads: int(4) })],
      ];
    }),
  ),
};

const multi = (inputs: Inputs, attributes: Attributes = {}, outputs = 1): GivenNode => ({
  op: "MultiHeadAttention",
  domain: MICROSOFT,
  inputs,
  attributes: { num_heads: int(2), ...attributes },
  outputs: floats(outputs),
});
const [a, b, c] = [float([2, 3, 8]), float([2, 5, 8]), float([2, 5, 12])];
const unidirectional = { unidirectional: int(1) };

export const multiHeadAttention: OperatorCases = {
  within: 2e-6,
  nodes: {
    "plain": multi([a, b, c], { scale: real(0.3) }),
    "with biases, and keys and values beside it": multi([a, b, c, float([28])], {}, 3),
    "with lengths": multi([a, b, c, null, int32([2], [3, 5])]),
    "with a mask, an added bias, and the scores beside it": multi([a, b, c, null, int32([2, 5], [1, 0, 0, 1, 1, 1, 1, 1, 1, 0]), float([2, 1, 3, 5])], {}, 4),
    "with a mask for every row that hides nearly all": multi([a, b, c, null, int32([2, 3, 5], someOf([2, 3, 5]))], { mask_filter_value: real(LOWEST) }),
    "that looks back, with a past": multi([a, float([2, 3, 8]), float([2, 3, 8]), null, int32([2, 7], someOf([2, 7])), null, float([2, 2, 4, 4]), float([2, 2, 4, 4])], unidirectional, 3),
    "of one row, with a past": multi([float([2, 1, 8]), float([2, 1, 8]), float([2, 1, 8]), null, null, null, float([2, 2, 4, 4]), float([2, 2, 4, 4])], unidirectional, 3),
    "across, with keys by heads": multi([a, float([2, 2, 5, 4]), float([2, 2, 5, 4])]),
  },
};

const merged = (inputs: Inputs, attributes: Attributes = {}, outputs = 1): GivenNode => ({
  op: "Attention",
  domain: MICROSOFT,
  inputs,
  attributes: { num_heads: int(2), ...attributes },
  outputs: floats(outputs),
});
const [x, weights, bias] = [float([2, 4, 6]), float([6, 24], { constant: true }), float([24], { constant: true })];

export const microsoftAttention: OperatorCases = {
  within: 2e-6,
  nodes: {
    "plain": merged([x, weights, bias], { scale: real(0.4) }),
    "of values of another size": merged([x, float([6, 28]), float([28])], { qkv_hidden_sizes: { ints: [8, 8, 12] } }),
    "that looks back, and what it keeps": merged([x, weights, bias], unidirectional, 2),
    "with lengths": merged([x, weights, bias, int32([2], [2, 4])]),
    "with ends and beginnings": merged([x, weights, bias, int32([4], [3, 4, 1, 2])]),
    "that looks back, with a mask and a past": merged([x, weights, bias, int32([2, 7], someOf([2, 7])), float([2, 2, 2, 3, 4])], unidirectional, 2),
    "with a mask for every row and an added bias": merged([x, weights, bias, int32([2, 4, 4], someOf([2, 4, 4])), null, float([1, 2, 4, 4])]),
  },
};

const grouped = (inputs: Inputs, attributes: Attributes = {}): GivenNode => ({
  op: "GroupQueryAttention",
  domain: MICROSOFT,
  inputs,
  attributes: { num_heads: int(4), kv_num_heads: int(2), ...attributes },
  outputs: floats(3),
});
const [query, key, value] = [float([2, 5, 64]), float([2, 5, 32]), float([2, 5, 32])];
const prompt = [null, null, int32([2], [4, 4], true), int32([], [5], true)];
const next = (room: number, lengths: readonly number[], areConstant: boolean): Inputs => [
  float([2, 1, 64]), float([2, 1, 32]), float([2, 1, 32]), float([2, 2, room, 16]), float([2, 2, room, 16]), int32([2], lengths, areConstant), int32([], [7], true), ...caches(8),
];
const rotating = { do_rotary: int(1) };

export const groupQueryAttention: OperatorCases = {
  within: 2e-6,
  nodes: {
    "of a prompt": grouped([query, key, value, ...prompt], { scale: real(0.3) }),
    "of a prompt, packed and rotated": grouped([float([2, 5, 128]), null, null, ...prompt, ...caches(8)], { ...rotating, rotary_interleaved: int(1) }),
    "of a prompt from a position on": grouped([query, key, value, ...prompt, ...caches(8), int64([2, 5], [3, 4, 5, 6, 7, 3, 4, 5, 6, 7])], rotating),
    "of a prompt, with a window, a cap and an added bias": grouped([query, key, value, ...prompt, null, null, null, float([1, 4, 5, 5])], { local_window_size: int(2), softcap: real(1.5) }),
    "of the next row": grouped(next(6, [6, 6], true), rotating),
    "of the next row, with room left": grouped(next(9, [6, 6], true), { ...rotating, local_window_size: int(3) }),
    "of the next row of sequences of unequal lengths": grouped(next(6, [6, 4], false), rotating),
    "of the next row of sequences of unequal lengths, with room left": grouped(next(9, [6, 2], false), { ...rotating, local_window_size: int(3) }),
    "of the next three rows": grouped([float([1, 3, 64]), float([1, 3, 32]), float([1, 3, 32]), float([1, 2, 6, 16]), float([1, 2, 6, 16]), int32([1], [8], true), int32([], [9], true), ...caches(8)], rotating),
  },
  left: {
    "with a smooth softmax": grouped([query, key, value, ...prompt], { smooth_softmax: int(1) }),
    "of several rows behind a past of unknown length": grouped([float([1, 3, 64]), float([1, 3, 32]), float([1, 3, 32]), float([1, 2, 6, 16]), float([1, 2, 6, 16]), int32([1], [8]), int32([], [9])]),
  },
};

const turned = (inputs: Inputs, attributes: Attributes): GivenNode => ({ op: "RotaryEmbedding", domain: MICROSOFT, inputs, attributes });

export const microsoftRotaryEmbedding: OperatorCases = {
  within: 1e-6,
  nodes: Object.fromEntries(
    [0, 1].flatMap((interleaved) => {
      const how = interleaved === 1 ? "interleaved, " : "";
      const attributes = { interleaved: int(interleaved) };
      const positions = int64([2, 3], [0, 1, 2, 9, 10, 11]);
      return [
        [`${how}side by side`, turned([float([2, 3, 16]), positions, ...caches(4)], attributes)],
        [`${how}from a position on`, turned([float([2, 3, 16]), int64([1], [4]), ...caches(4)], attributes)],
        [`${how}by heads`, turned([float([2, 2, 3, 8]), positions, ...caches(4)], attributes)],
        [`${how}in part`, turned([float([2, 3, 24]), positions, ...caches(4)], { ...attributes, num_heads: int(2), rotary_embedding_dim: int(8) })],
      ];
    }),
  ),
  left: { "with a scale": turned([float([2, 3, 16]), int64([1], [4]), ...caches(4)], { scale: real(2) }) },
};
