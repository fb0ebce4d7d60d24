import { create } from "@bufbuild/protobuf";
import { encodeModel, parseModel } from "../../oracle/core/onnx/model.ts";
import {
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "../../oracle/core/onnx/onnx_pb.js";
import type { CompiledModel } from "../../oracle/core/program/compile.ts";
import { tracedTensors } from "../../oracle/core/program/program.ts";
import type { DType } from "../../oracle/core/program/types.ts";
import type { Runtime, RuntimeTensor } from "../../oracle/ports.ts";
import { outputOf } from "../../oracle/roles/versions.ts";
import type { HostedVersion, VersionHost } from "../../oracle/roles/versions.ts";

/** Changes the row-major bytes of one tensor of a trace, in place. */
export type Lie = (bytes: Uint8Array) => void;

/**
 * The trace of a liar: honest up to tensor `id`, altered there, and everything after it computed faithfully from the
 * altered value, so that no two tensors contradict each other except at the lie itself.
 */
export async function lyingTrace(model: CompiledModel, runtime: Runtime, honest: readonly Uint8Array[], id: number, lie: Lie) {
  const trace = honest.map((tensor) => tensor.slice());
  lie(trace[id]);
  const tensors = tracedTensors(model.program);
  const info = (name: string, dtype: DType, dims: readonly number[]) => {
    const dim = dims.map((size) =>
      create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }),
    );
    const shape = create(TensorShapeProtoSchema, { dim });
    const tensorType = create(TypeProto_TensorSchema, { elemType: dtype, shape });
    return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }) });
  };

  // The lie becomes a graph input in place of the node that made it; every later tensor becomes an output.
  const file = parseModel(model.canonical);
  const name = model.tensors[id];
  const { graph } = file;
  const specs = model.program.inputs;
  const later = tensors.map((_, i) => i).filter((i) => i >= specs.length && i !== id);
  graph.node = graph.node.filter((node) => !node.output.includes(name));
  graph.input.push(info(name, tensors[id].dtype, tensors[id].dims));
  graph.output = later.map((i) => info(model.tensors[i], tensors[i].dtype, tensors[i].dims));
  if (later.length === 0) return trace;

  const session = await runtime.open(encodeModel(file));
  const feeds = new Map<string, RuntimeTensor>();
  for (const i of [...specs.keys(), id]) {
    feeds.set(model.tensors[i], { dtype: tensors[i].dtype, dims: tensors[i].dims, data: trace[i] });
  }
  const results = await session.run(feeds);
  await session.release();
  for (const i of later) trace[i] = results.get(model.tensors[i])!.data.slice();
  return trace;
}

/** A version host that answers every job with a lie in tensor `id`. */
export function lyingVersions(honest: VersionHost, model: CompiledModel, runtime: Runtime, id: number, lie: Lie): VersionHost {
  return {
    async get(version) {
      const hosted = await honest.get(version);
      const trace = async (input: Uint8Array) => lyingTrace(model, runtime, await hosted.trace(input), id, lie);
      const run = async (input: Uint8Array) => outputOf(hosted.program, await trace(input));
      const recompute: HostedVersion["recompute"] = (node, tensor) => hosted.recompute(node, tensor);
      return { program: hosted.program, constant: hosted.constant, trace, run, recompute };
    },
    close: () => honest.close(),
  };
}
