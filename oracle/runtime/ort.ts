import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ort from "onnxruntime-node";
import type { InferenceSession } from "onnxruntime-node";
import { inOnePiece } from "../../core/bytes.ts";
import { messageOf } from "../../core/errors.ts";
import { canonicalise } from "../../core/tensor/canonical.ts";
import { isDType } from "../../core/tensor/dtype.ts";
import type { Optimisation, Runtime, RuntimeSession, RuntimeTensor, RuntimeTensorInfo, SessionOptions } from "../ports.ts";
import { isFile, Names, type GivenModel } from "./names.ts";
import { RUNTIME_NAME } from "./runtimeName.ts";

/**
 * onnxruntime-node on the CPU. The options are those of the canonical run: a result is reproducible bit for bit only
 * under all of them together.
 */
const PINNED: InferenceSession.SessionOptions = {
  executionProviders: ["cpu"],
  graphOptimizationLevel: "disabled",
  executionMode: "sequential",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
};

/** Threads wait asleep for the next node: sessions stand side by side, and most of the time they are idle. */
const SLEEPING: InferenceSession.SessionOptions = { extra: { session: { intra_op: { allow_spinning: "0" } } } };

/**
 * What the level `basic` does that may change a bit of a result, by the runtime's own names: several nodes become one
 * that rounds elsewhere, a transposition changes the order of a sum, an added zero turns −0 into +0.
 */
const CHANGES_NUMBERS = [
  "ConvAddFusion",
  "ConvBNFusion",
  "ConvMulFusion",
  "DivMulFusion",
  "DoubleQDQPairsRemover",
  "FuseReluClip",
  "GeluFusionL1",
  "GemmSumFusion",
  "GemmTransposeFusion",
  "LabelEncoderFusion",
  "LayerNormFusionL1",
  "MatMulAddFusion",
  "MatMul_BatchNormalization_Fusion",
  "NoopElimination",
  "NotWhereFusion",
  "Pad_Fusion",
  "QDQPropagationTransformer",
  "TransposeOptimizer",
  "WeightBiasQuantization",
];

const OPTIMISATION: Readonly<Record<Optimisation, InferenceSession.SessionOptions>> = {
  exact: { extra: { optimization: { disable_specified_optimizers: CHANGES_NUMBERS.join(";") } } },
  basic: {},
};

type OrtType = keyof typeof VIEWS;
type ElementView = { new (buffer: ArrayBufferLike, offset: number, length: number): ArrayBufferView; BYTES_PER_ELEMENT: number };

/** ONNX type code and typed array of every element type that can be carried. */
const VIEWS = {
  float32: [1, Float32Array],
  uint8: [2, Uint8Array],
  int8: [3, Int8Array],
  uint16: [4, Uint16Array],
  int16: [5, Int16Array],
  int32: [6, Int32Array],
  int64: [7, BigInt64Array],
  bool: [9, Uint8Array],
  float16: [10, Uint16Array],
  float64: [11, Float64Array],
  uint32: [12, Uint32Array],
  uint64: [13, BigUint64Array],
} as const satisfies Record<string, readonly [number, ElementView]>;

const TYPE_OF_CODE = new Map<number, OrtType>(
  (Object.keys(VIEWS) as OrtType[]).map((type) => [VIEWS[type][0], type]),
);

function codeOf(type: string): number {
  return type in VIEWS ? VIEWS[type as OrtType][0] : 0;
}

/**
 * A copy whose first byte lies on a multiple of 16, as the buffers of the runtime's own values do.
 *
 * INVARIANT: a result does not depend on where the caller's bytes lie. Kernels that reduce a graph input (ReduceSum, ReduceMean,
 * InstanceNormalization) add what stands before the first multiple of 16 apart from the rest: given the caller's bytes, they
 * change bits with the address.
 *
 * Rationale: memory of its own comes from the allocator, which aligns it to 16 on every 64-bit system that the runtime is built
 * for. A slice of a pooled buffer, as Node's small buffers are, is aligned to 8 or not at all.
 */
function aligned(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}

function toOrt(tensor: RuntimeTensor): ort.Tensor {
  const type = TYPE_OF_CODE.get(tensor.dtype);
  if (type === undefined) throw new Error(`the runtime cannot carry elements of type ${tensor.dtype}`);
  const View: ElementView = VIEWS[type][1];
  const bytes = aligned(tensor.data);
  const view = new View(bytes.buffer, bytes.byteOffset, bytes.byteLength / View.BYTES_PER_ELEMENT);
  if (type !== "float16") return new ort.Tensor(type, view as never, tensor.dims as number[]);
  // Rationale: where there is a Float16Array the library makes one of the bits, and its binding reads none of it. The bits of
  // uint16 under the name of float16 are read.
  return Object.defineProperty(new ort.Tensor("uint16", view as never, tensor.dims as number[]), "type", { value: type });
}

/** `computed`: the value is a node's, not an input handed through. */
function fromOrt(tensor: ort.Tensor, computed: boolean): RuntimeTensor {
  const dtype = codeOf(tensor.type);
  if (!isDType(dtype)) throw new Error(`the runtime returned elements of type ${tensor.type}`);
  const view = tensor.data as unknown as ArrayBufferView;
  const data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (computed) canonicalise(dtype, data);
  return { dtype, dims: tensor.dims, data };
}

function describe(values: readonly InferenceSession.ValueMetadata[]): RuntimeTensorInfo[] {
  return values.map((value) =>
    value.isTensor
      ? { name: value.name, dtype: codeOf(value.type), dims: value.shape.map((dim) => (dim === "" ? "?" : dim)) }
      : { name: value.name, dtype: 0, dims: [] },
  );
}

class OrtSession implements RuntimeSession {
  readonly inputs: readonly RuntimeTensorInfo[];
  readonly outputs: readonly RuntimeTensorInfo[];
  readonly #session: InferenceSession;
  readonly #names: Names;

  constructor(session: InferenceSession, names: Names) {
    this.#session = session;
    this.#names = names;
    this.inputs = describe(session.inputMetadata).map((info) => ({ ...info, name: names.own(info.name) }));
    this.outputs = describe(session.outputMetadata).map((info) => ({ ...info, name: names.own(info.name) }));
  }

  async run(
    feeds: ReadonlyMap<string, RuntimeTensor>,
    outputs: readonly string[] = this.outputs.map(({ name }) => name),
  ): Promise<Map<string, RuntimeTensor>> {
    const given: Record<string, ort.Tensor> = {};
    for (const [name, tensor] of feeds) given[this.#names.carried(name)] = toOrt(tensor);
    const result = await this.#session.run(given, outputs.map((name) => this.#names.carried(name)));
    return new Map(outputs.map((name) => [name, fromOrt(result[this.#names.carried(name)], !feeds.has(name))]));
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** A session of a model, in memory or in a file. What the runtime says of a file's content does not name the file. */
async function created<Session>(given: Uint8Array | string, options: InferenceSession.SessionOptions, make: (session: InferenceSession) => Session): Promise<Session> {
  if (typeof given !== "string") return make(await ort.InferenceSession.create(given, options));
  const session = await ort.InferenceSession.create(given, options).catch((error: unknown) => {
    throw new Error(messageOf(error).replace(`Load model from ${given} failed:`, ""));
  });
  return make(session);
}

/** Writes the optimised form of a model to a file: the runtime gives it out in no other way. */
export async function optimiseInto(path: string, model: GivenModel, level: Optimisation): Promise<void> {
  const options = { ...PINNED, graphOptimizationLevel: "basic", ...OPTIMISATION[level], optimizedModelFilePath: path } as const;
  await created(isFile(model) ? model.path : inOnePiece(model), options, (session) => session.release());
}

/** The pinned onnxruntime; it takes models in files, too. */
export const ortRuntime = {
  name: RUNTIME_NAME,

  async optimise(model: GivenModel, level: Optimisation): Promise<Uint8Array> {
    const path = join(tmpdir(), `opg-${randomUUID()}.onnx`);
    try {
      await optimiseInto(path, model, level);
      return new Uint8Array(await readFile(path));
    } finally {
      await rm(path, { force: true });
    }
  },

  async open(given: GivenModel, { threads = 1 }: SessionOptions = {}): Promise<RuntimeSession> {
    const { model, names } = Names.carry(given);
    const options = threads === 1 ? PINNED : { ...PINNED, ...SLEEPING, intraOpNumThreads: threads };
    return created(model, options, (session) => new OrtSession(session, names));
  },
} satisfies Runtime;

/** A session as anybody would open it, with the runtime's default optimisation, on one thread: what others are measured against. */
export async function openDefault(given: GivenModel): Promise<RuntimeSession> {
  const { model, names } = Names.carry(given);
  return created(model, { ...PINNED, graphOptimizationLevel: "all" }, (session) => new OrtSession(session, names));
}
