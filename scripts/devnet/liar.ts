import { create } from "@bufbuild/protobuf";
import { encodeModel, parseModel } from "../../core/onnx/model.ts";
import {
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "../../core/onnx/onnx_pb.js";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { outputId, tracedTensors } from "../../core/program/program.ts";
import { DType, widthOf } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { inputError } from "../../core/errors.ts";
import { decodeJobEvent } from "../../core/jobs/events.ts";
import { unpackClaim } from "../../core/jobs/job.ts";
import type { Runtime, RuntimeTensor, Store } from "../../oracle/ports.ts";
import { outputOf } from "../../oracle/host/versions.ts";
import type { HostedVersion, VersionHost } from "../../oracle/host/versions.ts";

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
      return { program: hosted.program, constant: hosted.constant, trace, run, recompute, reach: (...place) => hosted.reach(...place) };
    },
    close: () => honest.close(),
  };
}

/** Where a liar lies: one element, row-major, of what a node computes. */
export interface Place {
  readonly node: number;
  readonly element: number;
  /** The tensor's id in the trace. */
  readonly tensor: number;
}

/**
 * The place that a text names: `NODE`, `TENSOR` or either with `:ELEMENT`, in a model that has it; without a text the middle
 * of its last Conv, or of its last node but one where it has none.
 */
export function placeOf({ program, tensors }: CompiledModel, text?: string): Place | undefined {
  const { nodes } = program;
  const last = nodes.findLastIndex(({ op }) => op.endsWith("Conv"));
  const find = (name: string) => nodes.findIndex((node) => node.name === name || tensors[outputId(node)] === name);
  const place = (node: number, element?: number): Place | undefined => {
    if (node < 0) return undefined;
    const size = sizeOf(nodes[node].output.dims);
    if (element !== undefined && element >= size) {
      throw inputError("LIE", `${nodes[node].name} has ${size} elements, so there is none of index ${element}`, { fix: `name one below ${size}` });
    }
    return { node, element: element ?? Math.min(size - 1, Math.floor(size / 2) + 5), tensor: outputId(nodes[node]) };
  };
  if (text === undefined) return place(last < 0 ? nodes.length - 2 : last);
  const [, name, element] = /^(.+):(\d{1,9})$/.exec(text) ?? [];
  return place(find(text)) ?? (name === undefined ? undefined : place(find(name), Number(element)));
}

/** Another number in the place of the right one, and far from it. */
export function alter(bytes: Uint8Array, { dtype }: Pick<Tensor, "dtype">, element: number): void {
  if (dtype !== DType.float32) {
    bytes[element * widthOf(dtype)] ^= 0x40;
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = view.getFloat32(4 * element, true);
  const wrong = Math.fround(value + 60);
  view.setFloat32(4 * element, Number.isFinite(wrong) && wrong !== value ? wrong : 0, true);
}

/** A version host that lies about some versions, each in its place, and serves every other honestly. */
export function lyingAbout(honest: VersionHost, lies: ReadonlyMap<string, { readonly model: CompiledModel; readonly place: Place }>, runtime: Runtime): VersionHost {
  return {
    get(version) {
      const lie = lies.get(version);
      if (lie === undefined) return honest.get(version);
      const { model, place } = lie;
      const { output } = model.program.nodes[place.node];
      return lyingVersions(honest, model, runtime, place.tensor, (bytes) => alter(bytes, output, place.element)).get(version);
    },
    close: () => honest.close(),
  };
}

/** A store that hears of no job but those that name the operator: it leaves all others to honest ones. */
export function onlyNaming(operator: string, store: Store): Store {
  const named = new Set<string>();
  const isHeard = ({ job, event }: Parameters<Store["advance"]>[1][number]): boolean => {
    const decoded = decodeJobEvent(event);
    if (decoded.type === "JobRequested" || decoded.type === "JobRequestedByRoots") {
      if (unpackClaim(decoded.claim).operator === operator.toLowerCase()) named.add(job);
      else named.delete(job);
    }
    return named.has(job);
  };
  return new Proxy(store, {
    get(_, key) {
      if (key === "advance") return (to: Parameters<Store["advance"]>[0], events: Parameters<Store["advance"]>[1]) => store.advance(to, events.filter(isHeard));
      const value: unknown = Reflect.get(store, key);
      return typeof value === "function" ? (value.bind(store) as unknown) : value;
    },
  });
}
