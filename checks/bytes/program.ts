/**
 * The program that the page is about, y = Relu(x · W + b), and two runs of it. It is written by hand and computed without
 * onnxruntime: every number is exact, so that the bytes are the same on every machine.
 */
import { TensorTree } from "../../core/merkle/tensorTree.ts";
import { DType } from "../../core/tensor/dtype.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { Opcode, Rule, type Program } from "../../core/program/types.ts";

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

const rowMajor = (dims: readonly number[]) => ({ dtype: DType.float32, dims, perm: dims.map((_, axis) => axis) });

const computed = (id: number, dims: readonly number[]): Tensor => ({ ...rowMajor(dims), source: { kind: "computed", id } });

function constant(dims: readonly number[], values: readonly number[]): Tensor {
  const inline = floats(...values);
  const { root } = new TensorTree({ dtype: DType.float32, dims }, inline);
  return { ...rowMajor(dims), source: { kind: "constant", root, inline } };
}

export const WEIGHTS = [0.5, -1, 2, 1, 0.25, -0.5, -4, 2, 1, 0.125, 3, 1] as const;
export const BIAS = [0.25, 0, -1] as const;
const ONE = new DataView(floats(1).buffer).getInt32(0, true);
const schedule = { chunk: 0, flags: 0 };

export const PROGRAM: Program = {
  tensorCount: 3,
  inputs: [{ name: "x", dtype: DType.float32, dims: [1, 4] }],
  outputs: [{ name: "y", dtype: DType.float32, dims: [1, 3], id: 2 }],
  nodes: [
    {
      ...schedule, name: "gemm", op: "Gemm", opcode: Opcode.Gemm, rule: Rule.chain, attributes: [0, 0, ONE, ONE],
      inputs: [computed(0, [1, 4]), constant([4, 3], WEIGHTS), constant([3], BIAS)],
      output: computed(1, [1, 3]),
    },
    {
      ...schedule, name: "relu", op: "Relu", opcode: Opcode.Relu, rule: Rule.equal, attributes: [],
      inputs: [computed(1, [1, 3])],
      output: computed(2, [1, 3]),
    },
  ],
};

/** Names of the tensors, by their ids. */
export const TENSORS = ["x", "h", "y"] as const;
export const INPUT = floats(1, -2, 0.5, 3);
/** Values of all tensors of an honest run. */
export const HONEST: readonly Uint8Array[] = [INPUT, floats(-2.875, 8.5, 5.5), floats(0, 8.5, 5.5)];

/** The number that the liar moves: by one unit in the last place. */
export const LIE = { node: 0, element: 1 } as const;

function moved(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[4 * LIE.element] ^= 1;
  return copy;
}

/** The liar's run: everything behind the lie follows from it. */
export const LYING: readonly Uint8Array[] = [INPUT, moved(HONEST[1]), moved(HONEST[2])];
