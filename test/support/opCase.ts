import { expect } from "chai";
import { toCommitOrder } from "../../core/merkle/tensorTree.ts";
import type { Node } from "../../core/program/types.ts";
import { canonicalise } from "../../core/tensor/canonical.ts";
import type { DType} from "../../core/tensor/dtype.ts";
import { widthOf } from "../../core/tensor/dtype.ts";
import { BytesReader } from "../../core/tensor/reader.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import type { Attribute } from "./onnxModel.ts";
import { runNode, type NodeInput } from "./ort.ts";
import type { Random } from "./random.ts";

/** A node of a program with the values of its inputs (row-major bytes). */
export interface OpCase {
  readonly node: Node;
  readonly inputs: readonly (Uint8Array | undefined)[];
}

/** A case together with how ONNX writes it. */
export interface OnnxCase extends OpCase {
  readonly onnx: { op: string; attributes?: Record<string, Attribute>; opset?: number };
  /** Inputs as ONNX has them, where they are not the row's. */
  readonly onnxInputs?: readonly (NodeInput | null)[];
}

/** A computed tensor with a commit order: a random one, or row-major. */
export function tensor(dtype: DType, dims: readonly number[], random?: Random): Tensor {
  const axes = dims.map((_, a) => a);
  return { dtype, dims, perm: random === undefined ? axes : random.shuffle(axes), source: { kind: "computed", id: 0 } };
}

/** The output of the runtime itself, row-major. */
export async function honestOutput(c: OnnxCase): Promise<Uint8Array> {
  const inputs =
    c.onnxInputs ??
    c.node.inputs.map((t, i) => {
      const raw = c.inputs[i];
      return t === undefined || raw === undefined ? null : { dtype: t.dtype, dims: t.dims, raw };
    });
  const [output] = await runNode({ ...c.onnx, inputs, outputs: [{ dtype: c.node.output.dtype }] });
  expect(output.raw.length, `${c.onnx.op} gives ${output.dims}`).to.equal(byteLength(c.node.output));
  return output.raw;
}

/** Row-major bytes of a computed tensor as they are committed; the argument stays as it is. */
export function canonicalBytes(dtype: DType, raw: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(raw);
  canonicalise(dtype, copy);
  return copy;
}

/** The output of the canonical run as an operator commits it. */
export const canonicalOutput = async (c: OnnxCase): Promise<Uint8Array> =>
  canonicalBytes(c.node.output.dtype, await honestOutput(c));

/** An element of row-major bytes as its little-endian bits. */
export function bitsAt(raw: Uint8Array, dtype: DType, element: number): bigint {
  const width = widthOf(dtype);
  let bits = 0n;
  for (let i = width - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(raw[element * width + i]);
  return bits;
}

/** The inputs of a case in commit order. */
export const commitOrders = ({ node, inputs }: OpCase): (Uint8Array | undefined)[] =>
  node.inputs.map((t, i) => (t === undefined || inputs[i] === undefined ? undefined : toCommitOrder(t, inputs[i])));

/** Readers of inputs in commit order. */
export const readersOf = (c: OpCase): (BytesReader | undefined)[] =>
  commitOrders(c).map((bytes, i) => bytes && new BytesReader(c.node.inputs[i]!, bytes));
