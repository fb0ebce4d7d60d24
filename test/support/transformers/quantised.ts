import { DType } from "../../../core/tensor/dtype.ts";
import type { GivenNode } from "../loweredNode.ts";
import type { NodeInput } from "../ort.ts";
import { bool, bytes, float, floats, int, int32, MICROSOFT, random, real, someOf, type Attributes, type Inputs, type OperatorCases } from "./cases.ts";

const microsoft = (op: string, inputs: Inputs, attributes: Attributes = {}, outputs: readonly number[] = floats(1)): GivenNode => ({ op, domain: MICROSOFT, inputs, attributes, outputs });

const ENDS = { [DType.uint8]: [0, 255], [DType.int8]: [-128, 127] } as const;
type Byte = keyof typeof ENDS;
const TYPES = [DType.uint8, DType.int8] as const satisfies readonly Byte[];
const wordOf = (dtype: Byte) => (dtype === DType.uint8 ? "uint8" : "int8");

/** Both element types of bytes. */
const both = (within: number, nodes: (dtype: Byte) => Readonly<Record<string, GivenNode>>, left?: Readonly<Record<string, GivenNode>>): OperatorCases => ({
  within,
  nodes: Object.fromEntries(TYPES.flatMap((dtype) => Object.entries(nodes(dtype)).map(([what, node]) => [`${what}, ${wordOf(dtype)}`, node]))),
  left,
});

const any = (dtype: Byte, dims: readonly number[], constant = false): NodeInput => bytes(dtype, dims, ENDS[dtype], constant);
const scale = (value: number, dims: readonly number[] = []): NodeInput => float(dims, { draw: () => value, constant: true });
const zero = (dtype: Byte, value: number): NodeInput => bytes(dtype, [], [value, value], true);
/** Values, their scale and zero point. */
const values = (dtype: Byte, dims: readonly number[], size: number, middle = 3): NodeInput[] => [any(dtype, dims), scale(size), zero(dtype, middle)];
const result = (dtype: Byte, size: number, middle: number): NodeInput[] => [scale(size), zero(dtype, middle)];

/** One step of an integer, which is what a number between two of them may differ by. */
const STEP = 1;

const binary = (op: string): OperatorCases =>
  both(STEP, (dtype) => ({
    "plain": microsoft(op, [...values(dtype, [2, 50], 0.05), ...values(dtype, [2, 50], 0.02, 7), ...result(dtype, 0.06, 9)], {}, [dtype]),
    "of a row": microsoft(op, [...values(dtype, [2, 50], 0.05), ...values(dtype, [50], 0.02, 7), ...result(dtype, 0.06, 9)], {}, [dtype]),
  }));

const unary = (op: string, size: number, attributes: Attributes = {}, dims: readonly number[] = [2, 50]): OperatorCases =>
  both(STEP, (dtype) => ({ "plain": microsoft(op, [...values(dtype, dims, 0.05), ...result(dtype, size, 0)], attributes, [dtype]) }));

export const qLinearAdd = binary("QLinearAdd");
export const qLinearMul = binary("QLinearMul");
export const qLinearSigmoid = unary("QLinearSigmoid", 1 / 256);
export const qLinearLeakyRelu = unary("QLinearLeakyRelu", 0.06, { alpha: real(0.2) });
export const qLinearSoftmax = unary("QLinearSoftmax", 1 / 256, { opset: int(13), axis: int(-1) });
export const qLinearAveragePool = unary("QLinearAveragePool", 0.05, { kernel_shape: { ints: [2, 2] } }, [1, 3, 5, 5]);
export const qLinearGlobalAveragePool: OperatorCases = {
  ...unary("QLinearGlobalAveragePool", 0.05, {}, [1, 3, 5, 5]),
  left: { "of channels that come last": microsoft("QLinearGlobalAveragePool", [...values(DType.uint8, [1, 5, 5, 3], 0.05), ...result(DType.uint8, 0.05, 0)], { channels_last: int(1) }, [DType.uint8]) },
};
export const qLinearConcat = both(STEP, (dtype) => ({
  "of two": microsoft("QLinearConcat", [...result(dtype, 0.05, 3), ...values(dtype, [2, 5], 0.04, 1), ...values(dtype, [2, 7], 0.05)], { axis: int(1) }, [dtype]),
}));
export const qLinearWhere = both(STEP, (dtype) => ({
  "of two": microsoft("QLinearWhere", [bool([2, 10], someOf([2, 10])), ...values(dtype, [2, 10], 0.1, 5), ...values(dtype, [2, 10], 0.2, 5), ...result(dtype, 0.3, 7)], {}, [dtype]),
}));

/** Weights whose products no CPU adds with saturation. */
const weights = (dtype: Byte, dims: readonly number[]): NodeInput => bytes(dtype, dims, dtype === DType.uint8 ? [0, 60] : [-60, 60], true);
const tenth = (dims: readonly number[]): NodeInput => float(dims, { draw: () => 0.1 });

export const qGemm = both(STEP, (dtype) => ({
  "with a bias": microsoft("QGemm", [...values(dtype, [3, 8], 0.1, 5), weights(dtype, [8, 5]), scale(0.02), zero(dtype, 3), int32([5], [1, 200, -300, 4, 5]), ...result(dtype, 0.5, 10)], {}, [dtype]),
  "of turned matrices, by columns": microsoft("QGemm", [...values(dtype, [8, 3], 0.1, 5), weights(dtype, [5, 8]), scale(0.02, [5]), any(dtype, [5], true), null, ...result(dtype, 0.5, 10)], { transA: int(1), transB: int(1), alpha: real(0.7) }, [dtype]),
  "that gives numbers": microsoft("QGemm", [...values(dtype, [3, 8], 0.1, 5), weights(dtype, [8, 5]), scale(0.02), zero(dtype, 3), int32([5], [1, 2, -3, 4, 5])]),
}));
export const matMulIntegerToFloat = both(1e-6, (dtype) => ({
  "with a bias, by columns": microsoft("MatMulIntegerToFloat", [any(dtype, [3, 8]), weights(dtype, [8, 5]), tenth([]), tenth([5]), zero(dtype, 5), any(dtype, [5], true), float([5])]),
  "plain": microsoft("MatMulIntegerToFloat", [any(dtype, [3, 8]), weights(dtype, [8, 5]), tenth([]), tenth([])]),
}));
/** An LSTM of that many directions: W, R, bias, lengths, both states, peepholes, and scales and zero points of W and R. */
const quantisedLSTM = (dtype: Byte, directions: number, { steps = 4, batch = 2, isByRow = false, state = false, peepholes = false, attributes = {} as Attributes }): GivenNode => {
  const [size, hidden] = [5, 3];
  const own = isByRow ? [directions, 4 * hidden] : [directions];
  const scaleOf = (): NodeInput => float(own, { draw: () => 0.005 + random.unit() / 100, constant: true });
  // Of rows with scales of their own the runtime knows no zero point but 0, and of numbers with a sign neither.
  const zeroOf = (): NodeInput => bytes(dtype, own, dtype === DType.uint8 && !isByRow ? [30, 30] : [0, 0], true);
  const states = [0, 1].map(() => (state ? float([directions, batch, hidden]) : null));
  return microsoft(
    "DynamicQuantizeLSTM",
    [
      float([steps, batch, size]), weights(dtype, [directions, size, 4 * hidden]), weights(dtype, [directions, hidden, 4 * hidden]), float([directions, 8 * hidden], { constant: true }),
      ...[null, ...states, peepholes ? float([directions, 3 * hidden], { constant: true }) : null], scaleOf(), zeroOf(), scaleOf(), zeroOf(),
    ],
    { hidden_size: int(hidden), direction: { string: directions === 2 ? "bidirectional" : "forward" }, ...attributes },
    floats(3),
  );
};

// A state that lies between two integers may be taken for either: a step of it, 1/255, times weights of up to 60 · 0.015.
export const dynamicQuantizeLSTM: OperatorCases = {
  ...both(2e-3, (dtype) => ({
    "forward": quantisedLSTM(dtype, 1, {}),
    "backward": quantisedLSTM(dtype, 1, { attributes: { direction: { string: "reverse" } } }),
    "both ways, by rows, with states": quantisedLSTM(dtype, 2, { isByRow: true, state: true }),
    "with peepholes and a clip": quantisedLSTM(dtype, 1, { peepholes: true, attributes: { clip: real(0.5) } }),
  })),
  left: { "of more steps than are written": quantisedLSTM(DType.uint8, 1, { steps: 1001 }) },
};
export const dynamicQuantizeMatMul = both(1e-6, (dtype) => ({
  "with a bias, by columns": microsoft("DynamicQuantizeMatMul", [float([3, 8]), weights(dtype, [8, 5]), tenth([5]), any(dtype, [5], true), float([5])]),
}));

const blocks = (bits: number, length: number, size: number, zeros: "none" | "packed" | "numbers", rows = 3): GivenNode => {
  const [columns, count] = [6, Math.ceil(length / size)];
  const packed = bytes(DType.uint8, [columns * Math.ceil((count * bits) / 8)], ENDS[DType.uint8], true);
  const numbers = float([columns * count], { constant: true, draw: () => random.int(0, 15) });
  const inputs = [
    float([2, rows, length]),
    bytes(DType.uint8, [columns, count, (size * bits) / 8], ENDS[DType.uint8], true),
    float([columns * count], { constant: true }),
    { none: null, packed, numbers }[zeros],
    null,
    float([columns]),
  ];
  return microsoft("MatMulNBits", inputs, { K: int(length), N: int(columns), bits: int(bits), block_size: int(size) });
};

export const matMulNBits: OperatorCases = {
  within: 1e-5,
  nodes: {
    "of 4 bits": blocks(4, 96, 32, "none"),
    "of 4 bits, with zero points and a rest": blocks(4, 40, 16, "packed", 1),
    "of 4 bits, with zero points that are numbers": blocks(4, 40, 16, "numbers"),
    "of 8 bits, with zero points": blocks(8, 96, 32, "packed"),
    "of 2 bits": blocks(2, 40, 16, "packed"),
  },
  left: { "with computed weights": { ...blocks(4, 32, 16, "none"), inputs: blocks(4, 32, 16, "none").inputs.map((input) => input && { ...input, constant: false }) } },
};

/** The runtime has a kernel for rows of uint8 only. */
const attention = (dtype: Byte, ends: Inputs, attributes: Attributes = {}, outputs = 1): GivenNode =>
  microsoft("QAttention", [any(DType.uint8, [2, 4, 6]), weights(dtype, [6, 24]), float([24]), scale(0.02), scale(0.03), ...ends], { num_heads: int(2), ...attributes }, floats(outputs));

export const qAttention = both(1e-5, (dtype) => ({
  "with zero points": attention(dtype, [null, zero(DType.uint8, 7), zero(dtype, 3)]),
  "with lengths": attention(dtype, [int32([2], [2, 4])]),
  "that looks back, with a past": attention(dtype, [int32([2, 7], someOf([2, 7])), zero(DType.uint8, 7), zero(dtype, 3), float([2, 2, 2, 3, 4])], { unidirectional: int(1) }, 2),
}));
