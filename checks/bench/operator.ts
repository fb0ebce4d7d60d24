/**
 * The operator's own code, from the event of a request to the recorded answer and its planned transaction, against a
 * bare loop over the same session. The chain is a stand-in that mines whatever it is given; the store is the real one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hexlify, parseUnits, zeroPadValue } from "ethers";
import { createCalls } from "../../oracle/chain/calls.ts";
import { configSchema } from "../../oracle/config/schema.ts";
import type { Hex } from "../../core/hex.ts";
import { outputBytes } from "../../core/program/jobOutput.ts";
import { encodeJobEvent, type JobEvent } from "../../core/jobs/events.ts";
import { formatJobId, requestKey } from "../../core/jobs/job.ts";
import { twin } from "../../core/operators/index.ts";
import { compile } from "../../core/compile/compile.ts";
import { sha256 } from "../../core/digest.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { encodeHeader, inlineCommitment } from "../../core/program/program.ts";
import { drawInputs } from "../../oracle/certify/inputs.ts";
import { clock } from "../../oracle/connect.ts";
import type { ChainHead, ChainReader, Store, StoredEvent, VersionDetails } from "../../oracle/ports.ts";
import type { Context } from "../../oracle/roles/context.ts";
import { createDaemon, JOBS_PER_SESSION } from "../../oracle/roles/daemon.ts";
import { createOperator } from "../../oracle/roles/operator.ts";
import { createPerformer, tasksThrough } from "../../oracle/roles/taskExchange.ts";
import { createTasks, type Tasks } from "../../oracle/roles/tasks.ts";
import { createSettler } from "../../oracle/roles/settle.ts";
import { createDispatch } from "../../oracle/roles/transactions.ts";
import { RELEASES } from "../../oracle/chain/verifiers.ts";
import { createVersionHost } from "../../oracle/host/versions.ts";
import { createWatcher } from "../../oracle/roles/watcher.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { createCommitter } from "../../oracle/runtime/committing.ts";
import { createWorkerRuntime } from "../../oracle/runtime/workers.ts";
import { openStore } from "../../oracle/store/store.ts";

const address = (n: number): Hex => zeroPadValue(`0x${n.toString(16).padStart(2, "0")}`, 20) as Hex;
const OPERATOR = address(9);
const REQUESTER = 8n;
const VERSION: Hex = `0x${"ab".repeat(32)}`;
/** Bond of every job, as in the demo. */
const BOND = parseUnits("100");
/** Milliseconds between two blocks, unless arrivals say otherwise: those of a fast chain. */
const BLOCK_MS = 250;
/** Requests that wait at any time. */
const WAITING = 64;

const deployment = { chainId: 31337, startBlock: 0, opg: address(1), models: address(2), stakes: address(3), jobs: address(4), game: address(5), verifier: address(6) };

/** Jobs that come whether or not those before them are served, on a chain with so many milliseconds between blocks. */
export interface Arrivals {
  readonly perMinute: number;
  readonly blockMs: number;
}

/** Requests jobs as fast as they are served, or as they arrive, and mines every answer. */
class StandIn {
  readonly #store: Store;
  readonly #inputs: readonly Uint8Array[];
  #block = 0;
  #head: ChainHead | undefined;
  #arrivals: (Arrivals & { readonly since: number; readonly from: number }) | undefined;
  #minedAt = 0;
  #clockMs = 0;
  #isNew = true;
  #requested = 0;
  #answered: { id: bigint; output: Uint8Array }[] = [];
  readonly final = new Set<bigint>();
  /** Jobs to request in all. */
  goal = 0;
  served = 0;
  /** Milliseconds from the arrival of each job to the block that its answer is mined in, since jobs arrive. */
  readonly latencies: number[] = [];

  constructor(store: Store, inputs: readonly Uint8Array[]) {
    this.#store = store;
    this.#inputs = inputs;
  }

  #inputOf(nonce: number): Uint8Array {
    return this.#inputs[nonce % this.#inputs.length];
  }

  #jobOf(nonce: number): bigint {
    return (REQUESTER << 64n) | BigInt(nonce);
  }

  arrive(arrivals: Arrivals | undefined): void {
    this.#arrivals = arrivals === undefined ? undefined : { ...arrivals, since: performance.now(), from: this.#requested };
    this.latencies.length = 0;
  }

  /** Requests that there should be by now. */
  #wanted(): number {
    if (this.#arrivals === undefined) return Math.min(this.goal, this.served + WAITING);
    const { perMinute, since, from } = this.#arrivals;
    return Math.min(this.goal, from + Math.floor(((performance.now() - since) * perMinute) / 60_000));
  }

  readonly follower = {
    poll: async (): Promise<ChainHead> => {
      this.#isNew = performance.now() - this.#minedAt >= (this.#arrivals?.blockMs ?? BLOCK_MS);
      if (!this.#isNew && this.#head !== undefined) return this.#head;
      this.#minedAt = performance.now();
      const number = ++this.#block;
      this.#clockMs += this.#arrivals?.blockMs ?? BLOCK_MS;
      const now = 2_000_000_000 + Math.floor(this.#clockMs / 1_000);
      const events: StoredEvent[] = [];
      const add = (id: bigint, event: JobEvent): void =>
        void events.push({ block: number, logIndex: events.length, job: formatJobId(id), event: encodeJobEvent(event), disputed: false });
      for (const { id, output } of this.#answered.splice(0)) {
        const claim = (BigInt(OPERATOR) << 96n) | (BigInt(now) << 16n);
        add(id, { type: "JobSubmitted", operator: OPERATOR, claim, output: hexlify(output) as Hex });
        add(id, { type: "JobFinalized", operator: OPERATOR, delivered: true });
        this.final.add(id);
      }
      for (const wanted = this.#wanted(); this.#requested < wanted; ) {
        const nonce = this.#requested++;
        const terms = (parseUnits("1") << 160n) | (BOND << 64n) | (600n << 16n);
        const claim = BigInt(now + 86_400) << 56n;
        add(this.#jobOf(nonce), { type: "JobRequested", version: VERSION, terms, claim, input: hexlify(this.#inputOf(nonce)) as Hex });
      }
      const hash: Hex = `0x${number.toString(16).padStart(64, "0")}`;
      await this.#store.advance({ number, hash }, events);
      return (this.#head = { number, hash, timestamp: now, next: now + 1 });
    },
  };

  async #mine(intent: string, job: string): Promise<void> {
    const id = BigInt(job);
    const input = inlineCommitment(this.#inputOf(Number(id & 0xffffffffn))) as Hex;
    const request = { id, version: VERSION, input, terms: 0n, claim: 0n, output: input };
    const [output] = await Promise.all([
      this.#store.result(job, requestKey(request)),
      this.#store.outbox.confirmed(intent, { hash: VERSION, block: this.#block + 1, gasUsed: 45_000n }),
    ]);
    if (output === undefined) throw new Error(`${intent} was planned before its answer was recorded`);
    this.#answered.push({ id, output });
    this.served++;
    if (this.#arrivals === undefined) return;
    const { perMinute, since, from } = this.#arrivals;
    this.latencies.push(performance.now() - since - ((Number(id & 0xffffffffn) - from) * 60_000) / perMinute);
  }

  readonly sender = {
    address: OPERATOR,
    pump: async (): Promise<void> => {
      if (!this.#isNew) return;
      const open = await this.#store.outbox.open(64);
      await Promise.all(open.map(({ intent, job }) => this.#mine(intent, job!)));
    },
  };
}

export interface Serving {
  readonly store: Store;
  /** Serves jobs until the total is reached; resolves to the seconds it took. */
  serve(total: number): Promise<number>;
  /** Takes jobs as they arrive, for so long, and then serves those that are left. */
  load(arrivals: Arrivals, seconds: number): Promise<Load>;
  close(): Promise<void>;
}

export interface Load {
  /** Jobs that were not served when the last one came, of so many. */
  readonly left: number;
  readonly jobs: number;
  /** Sorted. */
  readonly latencies: readonly number[];
  /** Seconds until the last one was served. */
  readonly seconds: number;
}

const telemetry = {
  emit: (name: string, fields: object) => {
    if (name === "job.failed" || name === "version.refused" || name === "chain.unreachable") throw new Error(JSON.stringify(fields));
  },
};
const nothing = () => Promise.resolve(undefined);
const committer = createCommitter(1);
const shelf = { put: nothing, tensors: nothing, putInput: nothing, input: nothing, putOutput: nothing, room: () => Promise.resolve(2 ** 40), drop: nothing };

/** What is published and what a chain would say of it. */
function standInsOf(model: CompiledModel): Pick<Context, "reader" | "files"> {
  const details: VersionDetails = {
    modelId: 1n,
    programRoot: model.root as Hex,
    verifier: deployment.verifier,
    fileDigest: model.digest as Hex,
    programDigest: sha256(model.programFile) as Hex,
    price: 0n,
    minBond: 0n,
    minWindow: 60,
    shareBps: 0,
    header: hexlify(encodeHeader(model.program)) as Hex,
    fileURI: "",
    programURI: "",
  };
  const reader = {
    deployment,
    version: () => Promise.resolve(details),
    judge: (address: Hex) => Promise.resolve({ address, code: RELEASES[0], families: [], release: RELEASES[0].release, known: RELEASES }),
    bond: () => Promise.resolve({ bonded: parseUnits("1000000"), exiting: 0n, exitAt: 0, locked: 0n, free: parseUnits("1000000") }),
    nativeBalance: () => Promise.resolve(parseUnits("1000")),
    gasPrice: () => Promise.resolve(1n),
    transactionCount: () => Promise.resolve(0),
    maxOutputBytes: () => Promise.resolve(64 * 1024),
    gameTerms: () => Promise.resolve({ openPeriod: 600, revealPeriod: 60 }),
  } as unknown as ChainReader;
  const files = {
    published: (_uri: string, digest: Hex) => Promise.resolve(digest === details.fileDigest ? model.canonical : model.programFile),
    download: () => Promise.reject(new Error("nothing is downloaded here")),
  };
  return { reader, files };
}

/** What works on tasks: a runtime with so many places, and who performs with it. Closed in this order. */
function openTasks(model: CompiledModel, store: Store, places: number, pretended?: number) {
  const { operator: policy } = configSchema.parse({});
  const { reader, files } = standInsOf(model);
  const runtime = createWorkerRuntime(places + 1);
  const versions = createVersionHost(
    { reader, files, runtime, clock, telemetry, store, host: "bench" },
    { maxModelBytes: 2 ** 30, maxTraceBytes: 2 ** 30, capacity: 1, sessions: Math.max(1, places), threads: 1 },
  );
  const { maxInputBytes, sampleElements } = policy;
  const modules = { reader, files, shelf, versions, committer, twin, clock, telemetry };
  const real = createTasks(modules, { answerInputBytes: maxInputBytes, judgeInputBytes: 0, tensorBytes: 0, sampleElements });
  const output = hexlify(new Uint8Array(outputBytes(model.program))) as Hex;
  const tasks: Tasks = {
    ...real,
    ...(pretended !== undefined && { answer: () => clock.sleep(pretended).then(() => ({ output, runMs: pretended, traceMs: null })) }),
  };
  return { versions, perform: createPerformer(tasks), close: [() => versions.close(), () => runtime.close()] };
}

const onTrouble = (error: unknown) => void process.stderr.write(`${String(error)}\n`);
/** Whose store it is. */
const IDENTITY = { chainId: deployment.chainId, genesis: `0x${"00".repeat(32)}`, deployment: deployment.jobs } as const;

/**
 * A worker beside `openOperator` on a server; says "ready" and works until the process is told to end. With `pretended` it
 * waits so many milliseconds where it would run the model, so that many can be tried on few processors.
 */
export async function work(model: CompiledModel, url: string, places: number, pretended?: number): Promise<void> {
  const store = await openStore({ url, shares: true });
  await store.claim(IDENTITY);
  const { versions, perform } = openTasks(model, store, places, pretended);
  await versions.get(VERSION);
  const queue = await store.tasks({ gives: false, onTrouble });
  process.stdout.write("ready\n");
  const atOnce = JOBS_PER_SESSION * places;
  await queue.take({ disputes: atOnce, jobs: atOnce }, perform, new AbortController().signal);
}

export interface OperatorPlace {
  /** A server where workers do the work; without it the operator does its own, on the embedded store. */
  readonly url?: string;
  /** Jobs in hand. */
  readonly inHand?: number;
}

/** The operator with everything but a chain, under the default configuration. */
export async function openOperator(model: CompiledModel, inputs: readonly Uint8Array[], { url, inHand }: OperatorPlace = {}): Promise<Serving> {
  const directory = await mkdtemp(join(tmpdir(), "opg-bench-"));
  const { operator: policy } = configSchema.parse({});
  const { reader, files } = standInsOf(model);
  const close: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  const store = await openStore({ directory, ...(url !== undefined && { url }) });
  await store.claim(IDENTITY);
  close.unshift(() => store.close());
  const here = openTasks(model, store, policy.concurrency);
  close.unshift(...here.close);
  const { versions } = here;
  const chain = new StandIn(store, inputs);
  const readJob: ChainReader["readJob"] = ({ id }) => Promise.resolve({ status: chain.final.has(id) ? "Final" : "Requested", finalizesAt: 0 });
  const context: Context = { address: OPERATOR, store, reader: { ...reader, readJob }, calls: createCalls(deployment), files, shelf, versions, committer, twin, clock, telemetry };
  const dispatch = createDispatch(context);
  const queue = await store.tasks({ gives: true, onTrouble });
  close.unshift(() => queue.close());
  const working = new AbortController();
  const atOnce = JOBS_PER_SESSION * policy.concurrency;
  const taking = url === undefined ? queue.take({ disputes: atOnce, jobs: atOnce }, here.perform, working.signal) : Promise.resolve();
  close.unshift(async () => {
    working.abort();
    await taking;
  });
  const tasks = tasksThrough(queue);
  const handlers = {
    ...createOperator(context, dispatch, tasks, {
      versions: policy.versions,
      minFee: parseUnits(policy.minPrice),
      maxBond: parseUnits(policy.maxBond),
      maxCallbackGas: policy.maxCallbackGas,
      bondPerCheck: parseUnits(policy.bondPerCheck),
      publicUrl: "http://127.0.0.1:1",
      confirmations: 0,
      pollSeconds: 0,
      minesOnDemand: true,
    }),
    ...createWatcher(context, dispatch, tasks, { versions: [], hiddenInputAfter: 1, hiddenInputBudget: 0n, doubtBudget: 0n }),
    ...createSettler(context, dispatch),
  };
  const party = { address: OPERATOR, operator: true, watcher: false, keeper: false };

  /** Runs the daemon as long as `work` takes. */
  async function during<T>(work: () => Promise<T>): Promise<T> {
    const daemon = createDaemon(context, chain.follower, chain.sender, handlers, {
      party,
      pollMs: BLOCK_MS,
      confirmations: 0,
      concurrency: inHand ?? JOBS_PER_SESSION * policy.concurrency,
      keepBlocks: 64,
    });
    const stop = new AbortController();
    const running = daemon.run(stop.signal);
    const result = await work();
    stop.abort();
    await running;
    return result;
  }

  async function served(): Promise<void> {
    while (chain.served < chain.goal) await clock.sleep(2);
  }

  return {
    store,
    async serve(total) {
      chain.goal += total;
      return during(async () => {
        const started = performance.now();
        await served();
        return (performance.now() - started) / 1000;
      });
    },
    async load(arrivals, seconds) {
      const jobs = Math.floor((arrivals.perMinute * seconds) / 60);
      chain.goal += jobs;
      return during(async () => {
        const started = performance.now();
        chain.arrive(arrivals);
        await clock.sleep(1000 * seconds);
        const left = chain.goal - chain.served;
        await served();
        const took = (performance.now() - started) / 1000;
        const latencies = [...chain.latencies].sort((a, b) => a - b);
        chain.arrive(undefined);
        return { left, jobs, latencies, seconds: took };
      });
    },
    async close() {
      for (const step of close) await step();
    },
  };
}

export interface Throughput {
  /** Inferences per second of the bare loop and of the operator, in turns on the same machine. */
  bare: number;
  served: number;
  /** Median over the turns of served / bare. */
  ratio: number;
  /** Of one bare inference. */
  milliseconds: number;
}

/** Rounds of both kinds take turns, so that whatever else the machine does meets both alike. */
export async function measureThroughput(file: Uint8Array, rounds: number, jobs: number, onRound: (done: number) => void): Promise<Throughput> {
  const model = await compile(file, { runtime: ortRuntime });
  const inputs = Array.from({ length: 4 }, (_, i) => drawInputs(model.program.inputs, i)[0]);
  const operator = await openOperator(model, inputs);
  const [spec] = model.program.inputs;
  const session = await ortRuntime.open(model.canonical);
  const loop = async (): Promise<number> => {
    const started = performance.now();
    for (let i = 0; i < jobs; i++) {
      await session.run(new Map([[spec.name, { dtype: spec.dtype, dims: spec.dims, data: inputs[i % inputs.length] }]]));
    }
    return (performance.now() - started) / 1000;
  };
  await loop();
  await operator.serve(jobs);
  const turns: { bare: number; served: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    turns.push({ bare: await loop(), served: await operator.serve(jobs) });
    onRound(round + 1);
  }
  await session.release();
  await operator.close();
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];
  const bare = median(turns.map((turn) => turn.bare));
  return {
    bare: jobs / bare,
    served: jobs / median(turns.map((turn) => turn.served)),
    ratio: median(turns.map((turn) => turn.bare / turn.served)),
    milliseconds: (1000 * bare) / jobs,
  };
}
