/** A host whose store and model are real and whose chain is what a test says: for steps of roles, one at a time. */
import { expect } from "chai";
import { concat, getBytes } from "ethers";
import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { commitTrace } from "../../core/dispute/evidence.ts";
import { encodeDemand, placeName, type Place } from "../../core/dispute/places.ts";
import { transientError } from "../../core/errors.ts";
import type { EventName } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import { encodeJobEvent, type JobEvent } from "../../core/jobs/events.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import { foldJob } from "../../core/jobs/state.ts";
import { tensorRoot } from "../../core/merkle/tensorTree.ts";
import { twin } from "../../core/operators/index.ts";
import { outputRoots } from "../../core/program/jobOutput.ts";
import { traceTree } from "../../core/program/program.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { createCalls } from "../../oracle/chain/calls.ts";
import { splitInput, type HostedVersion } from "../../oracle/host/versions.ts";
import type { ChainReader, Deployment, OutboxEntry, Store, TensorShelf } from "../../oracle/ports.ts";
import type { Context, Occasion } from "../../oracle/roles/context.ts";
import { createOperator } from "../../oracle/roles/operator.ts";
import { createTasks } from "../../oracle/roles/tasks.ts";
import { createDispatch } from "../../oracle/roles/transactions.ts";
import { createCommitter } from "../../oracle/runtime/committing.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { oneNodeModel } from "./onnxModel.ts";
import { emptyStore } from "./stores.ts";

export const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
export const [ME, OTHER] = [at("a"), at("b")];
export const VERSION: Hex = `0x${"12".repeat(32)}`;
export const OPG = 10n ** 18n;
export const deployment: Deployment = {
  chainId: 31337,
  startBlock: 1,
  opg: at("1"),
  models: at("2"),
  stakes: at("3"),
  jobs: at("4"),
  game: at("5"),
  verifier: at("6"),
};
export const calls = createCalls(deployment);
export const terms = (OPG << 160n) | ((100n * OPG) << 64n) | (600n << 16n);
export const claimOf = (operator: Hex, time: number): bigint => (BigInt(operator) << 96n) | (5_000n << 56n) | (BigInt(time) << 16n);
export const LIMITS = { answerInputBytes: 1 << 20, judgeInputBytes: 1 << 20, tensorBytes: 1 << 20, sampleElements: 4 };

/** A model of one node whose tensors have 79 leaves, in trees of depth 7. */
export const ELEMENTS = 20_000;
export const LEAVES = 79;
export const DEPTH = 7;
export const input = new Uint8Array(Float32Array.from({ length: ELEMENTS }, (_, i) => Math.sin(i)).buffer);

/** A shelf in memory, which a restart does not lose. */
export function createShelf(): TensorShelf & { outputs: ReadonlyMap<string, Uint8Array> } {
  const opened = new Map<string, readonly Uint8Array[]>();
  const inputs = new Map<string, Uint8Array>();
  const outputs = new Map<string, Uint8Array>();
  return {
    outputs,
    put: async (job, tensors) => void opened.set(job, tensors),
    tensors: (job, count) => Promise.resolve(opened.get(job)?.slice(0, count)),
    putInput: async (job, bytes) => void inputs.set(job, bytes),
    input: (job) => Promise.resolve(inputs.get(job)),
    putOutput: async (job, values) => void outputs.set(job, values),
    room: () => Promise.resolve(Infinity),
    drop: async (job) => void (opened.delete(job), inputs.delete(job), outputs.delete(job)),
  };
}

export const requestedByRoots = (): JobEvent => ({
  type: "JobRequestedByRoots",
  version: VERSION,
  terms,
  claim: claimOf(at("0"), 0),
  roots: [tensorRoot({ dtype: DType.float32, dims: [ELEMENTS], perm: [0] }, input) as Hex],
  uri: "http://requester/input",
});

/** The output has more bytes than go along with a job. */
export const submittedByRoots = ({ program }: Pick<CompiledModel, "program">, values: Uint8Array): JobEvent => ({
  type: "JobSubmittedByRoots",
  operator: ME,
  claim: claimOf(ME, 900),
  roots: outputRoots(program, values),
  uri: "http://me/output",
});

export const occasionOf = (id: bigint, events: readonly JobEvent[], now = 1_000, block = 50): Occasion => ({
  id: formatJobId(id),
  state: foldJob(id, events)!,
  events: events.map(encodeJobEvent),
  now,
  block,
});

/** Leaves of the output's tree. */
export const leaves = (from: number, to: number): Place[] =>
  Array.from({ length: to - from }, (_, i) => ({ tensor: 1, level: DEPTH, index: from + i }));

let jobs = 0n;
export const newId = (): bigint => (BigInt(OTHER) << 64n) | jobs++;

/** Versions as a host has them that loaded this one. */
export const hosting = (hosted: HostedVersion): Context["versions"] => ({ get: () => Promise.resolve(hosted), close: () => Promise.resolve() });

const POLICY = {
  versions: "all",
  minFee: 0n,
  maxBond: 1_000n * OPG,
  maxCallbackGas: 100_000,
  bondPerCheck: 0n,
  publicUrl: "http://me",
  confirmations: 0,
  pollSeconds: 1,
  minesOnDemand: true,
} as const;

export const operatorOf = (context: Context) => createOperator(context, createDispatch(context), createTasks(context, LIMITS), POLICY);

export interface Told {
  readonly name: EventName;
  readonly fields: object;
}

export class AnsweringScene {
  readonly told: Told[] = [];
  readonly store: Store;
  readonly compiled: CompiledModel;

  private constructor(store: Store, compiled: CompiledModel) {
    this.store = store;
    this.compiled = compiled;
  }

  static async open(): Promise<AnsweringScene> {
    const model = oneNodeModel({ op: "Relu", inputs: [{ dtype: DType.float32, dims: [ELEMENTS] }], outputs: [{ dtype: DType.float32 }] });
    return new AnsweringScene(await emptyStore(), await compile(model, { runtime: ortRuntime }));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** The version as it is after it was loaded; `runs` may be forbidden, because this host has lost its model. */
  async host(runs = true): Promise<HostedVersion> {
    const { program } = this.compiled;
    const lost = () => Promise.reject(new Error("this host cannot run the version"));
    if (!runs) return { program, constant: () => expect.fail(), run: lost, trace: lost, recompute: lost, reach: lost };
    const tracer = await this.compiled.open(ortRuntime);
    const trace = (bytes: Uint8Array) => tracer.run(splitInput(program, bytes));
    const run = async (bytes: Uint8Array) => (await trace(bytes))[program.outputs[0].id];
    return { program, constant: () => expect.fail(), run, trace, recompute: lost, reach: lost };
  }

  contextOf(parts: Partial<Context>, reader: Partial<ChainReader> = {}): Context {
    const absent = (name: string) => () => Promise.reject(new Error(`${name} is not part of this story`));
    return {
      address: ME,
      store: this.store,
      reader: { deployment, ...reader } as ChainReader,
      calls,
      files: { published: absent("publishing"), download: () => Promise.reject(transientError("DOWNLOAD_FAILED", "nobody is there")) },
      shelf: createShelf(),
      versions: { get: absent("a version"), close: () => Promise.resolve() },
      committer: createCommitter(1),
      twin,
      clock: { now: () => performance.now(), sleep: () => Promise.resolve() },
      telemetry: { emit: (name, fields) => void this.told.push({ name, fields }) },
      ...parts,
    };
  }

  async planned(id: bigint, kind: string): Promise<OutboxEntry[]> {
    return (await this.store.outbox.open(1_000)).filter((entry) => entry.job === formatJobId(id) && entry.kind === kind);
  }

  /** The job, submitted, challenged and opened, by what this operator's steps planned. */
  async opened(shelf: TensorShelf): Promise<{ id: bigint; events: JobEvent[] }> {
    const { program } = this.compiled;
    const id = newId();
    const hosted = await this.host();
    const trees = commitTrace(program, await hosted.trace(input));
    const roots = trees.map(({ root }) => root);
    await shelf.put(formatJobId(id), trees.map(({ data }) => data), getBytes(concat(roots)));
    const committed = traceTree(roots);
    const events: JobEvent[] = [
      requestedByRoots(),
      submittedByRoots(this.compiled, await hosted.run(input)),
      { type: "JobChallenged", operator: ME },
      { type: "Challenged", challenger: OTHER, openBy: 1_500, deadline: 2_100 },
      { type: "Opened", operator: ME, traceRoot: committed.root as Hex, shown: concat(committed.below(0, 0)) as Hex, uri: "http://me" },
    ];
    return { id, events };
  }

  demanded(places: readonly Place[], revealBy: number): JobEvent {
    return {
      type: "Demanded",
      demander: OTHER,
      items: places.map((place) => placeName(place, DEPTH) as Hex),
      revealBy,
      wanted: encodeDemand(this.compiled.program, places) as Hex,
    };
  }
}
