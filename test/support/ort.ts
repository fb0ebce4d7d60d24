import * as ort from "onnxruntime-node";
import { oneNodeModel } from "./onnxModel.ts";
import type { ModelTensor, NodeSpec } from "./onnxModel.ts";

/** The canonical run (DESIGN.md §2): CPU, no graph optimisation, one thread, sequential. */
export const CANONICAL: ort.InferenceSession.SessionOptions = {
  executionProviders: ["cpu"],
  graphOptimizationLevel: "disabled",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  logSeverityLevel: 3,
};

/** An input with its bytes; `constant` makes it an initializer instead of a graph input. */
export interface NodeInput {
  dtype: number;
  dims: readonly number[];
  raw: Uint8Array;
  constant?: boolean;
}

export interface NodeOutput {
  dims: number[];
  raw: Uint8Array;
}

/** Runs one node in onnxruntime and returns its outputs as little-endian row-major bytes. */
export async function runNode(
  spec: Omit<NodeSpec, "inputs"> & { inputs: readonly (NodeInput | null)[] },
): Promise<NodeOutput[]> {
  const inputs = spec.inputs.map((t): ModelTensor | null =>
    t === null ? null : { dtype: t.dtype, dims: t.dims, ...(t.constant ? { raw: t.raw } : {}) },
  );
  const session = await ort.InferenceSession.create(oneNodeModel({ ...spec, inputs }), CANONICAL);
  const feeds: Record<string, ort.Tensor> = {};
  spec.inputs.forEach((t, i) => {
    if (t !== null && !t.constant) feeds[`x${i}`] = toOrt(t);
  });
  const results = await session.run(feeds);
  const outputs = spec.outputs.map((_, i): NodeOutput => {
    const { data, dims } = results[`y${i}`];
    if (!ArrayBuffer.isView(data)) throw new Error("strings are not supported");
    return { dims: [...dims], raw: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() };
  });
  await session.release();
  return outputs;
}

export function toOrt(t: NodeInput): ort.Tensor {
  const dims = [...t.dims];
  const at = <T>(View: new (buffer: ArrayBuffer) => T): T => new View(t.raw.slice().buffer);
  switch (t.dtype) {
    case 1: return new ort.Tensor("float32", at(Float32Array), dims);
    case 2: return new ort.Tensor("uint8", at(Uint8Array), dims);
    case 3: return new ort.Tensor("int8", at(Int8Array), dims);
    case 4: return new ort.Tensor("uint16", at(Uint16Array), dims);
    case 5: return new ort.Tensor("int16", at(Int16Array), dims);
    case 6: return new ort.Tensor("int32", at(Int32Array), dims);
    case 7: return new ort.Tensor("int64", at(BigInt64Array), dims);
    case 9: return new ort.Tensor("bool", at(Uint8Array), dims);
    // The library reads the bits of a float16 only under another name than its array's.
    case 10: return Object.defineProperty(new ort.Tensor("uint16", at(Uint16Array), dims), "type", { value: "float16" });
    case 11: return new ort.Tensor("float64", at(Float64Array), dims);
    case 12: return new ort.Tensor("uint32", at(Uint32Array), dims);
    case 13: return new ort.Tensor("uint64", at(BigUint64Array), dims);
    default: throw new Error(`dtype ${t.dtype} has no typed array`);
  }
}
