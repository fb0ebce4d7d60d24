/** An operator with everything but a chain: its account, its network and its disk are numbers that a story changes. */
import { formatUnits } from "ethers";
import { createCalls } from "../../oracle/chain/calls.ts";
import type { EventName } from "../../core/events.ts";
import type { Hex } from "../../core/hex.ts";
import { encodeJobEvent, type JobEvent } from "../../core/jobs/events.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import { foldJob } from "../../core/jobs/state.ts";
import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { DType } from "../../core/tensor/dtype.ts";
import type { ChainReader, Deployment, Store, TensorShelf } from "../../oracle/ports.ts";
import type { Context, Occasion } from "../../oracle/roles/context.ts";
import { createOperator } from "../../oracle/roles/operator.ts";
import type { OperatorPolicy } from "../../oracle/roles/operatorPolicy.ts";
import { createTasks } from "../../oracle/roles/tasks.ts";
import { createDispatch } from "../../oracle/roles/transactions.ts";
import { splitInput } from "../../oracle/host/versions.ts";
import { createCommitter } from "../../oracle/runtime/committing.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { oneNodeModel } from "./onnxModel.ts";

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
export const ME = at("a");
export const VERSION: Hex = `0x${"12".repeat(32)}`;
export const OPG = 10n ** 18n;
export const BOND = 100n * OPG;
const deployment: Deployment = { chainId: 31337, startBlock: 1, opg: at("1"), models: at("2"), stakes: at("3"), jobs: at("4"), game: at("5"), verifier: at("6") };

/** A model of one node and four numbers. */
export const smallModel = (): Promise<CompiledModel> =>
  compile(oneNodeModel({ op: "Relu", inputs: [{ dtype: DType.float32, dims: [4] }], outputs: [{ dtype: DType.float32 }] }), { runtime: ortRuntime });

export interface Circumstances {
  bonded: bigint;
  locked: bigint;
  native: bigint;
  gasPrice: bigint;
  room: number;
  maxOutputBytes: number;
  blockSeconds: number;
  traceMs: number;
  /** Whether the model can be traced at the moment. */
  traces: boolean;
  runMs: number;
}

export type Told = { readonly name: EventName; readonly fields: Readonly<Record<string, unknown>> };

export function operatorScene(store: Store, model: CompiledModel, changes: Partial<OperatorPolicy & { maxInputBytes: number }> = {}) {
  const world: Circumstances = {
    bonded: 1_000n * OPG,
    locked: 0n,
    native: OPG,
    gasPrice: 10n ** 9n,
    room: 1e12,
    maxOutputBytes: 16 * 1024,
    blockSeconds: 2,
    traceMs: 0,
    traces: true,
    runMs: 0,
  };
  const told: Told[] = [];
  let time = 0;
  let ran = 0;
  let traced = 0;
  let mined = 0;
  const answer = <T>(read: () => T) => () => Promise.resolve().then(read);
  const reader: Partial<ChainReader> = {
    deployment,
    bond: answer(() => ({ bonded: world.bonded, exiting: 0n, exitAt: 0, locked: world.locked, free: world.bonded - world.locked })),
    nativeBalance: answer(() => world.native),
    gasPrice: answer(() => world.gasPrice),
    transactionCount: answer(() => mined),
    maxOutputBytes: answer(() => world.maxOutputBytes),
    blockSeconds: answer(() => world.blockSeconds),
    gameTerms: answer(() => ({ openPeriod: 600, revealPeriod: 60 }) as Awaited<ReturnType<ChainReader["gameTerms"]>>),
    minedIn: answer(() => undefined),
  };
  async function trace(bytes: Uint8Array): Promise<Uint8Array[]> {
    traced++;
    if (!world.traces) throw new Error("no memory for it");
    const tracer = await model.open(ortRuntime);
    time += world.traceMs;
    const tensors = await tracer.run(splitInput(model.program, bytes));
    await tracer.release();
    return tensors;
  }
  const hosted = {
    program: model.program,
    constant: () => Promise.reject(new Error("it has no constants")) as never,
    trace,
    recompute: () => Promise.reject(new Error("nothing is recomputed here")),
    reach: () => Promise.reject(new Error("nothing is bounded here")),
    async run(bytes: Uint8Array) {
      ran++;
      time += world.runMs;
      const floats = new Float32Array(bytes.slice().buffer);
      return new Uint8Array(floats.map((x) => Math.max(0, x)).buffer);
    },
  };
  const nothing = () => Promise.resolve(undefined);
  const shelf: TensorShelf = { put: nothing, tensors: nothing, putInput: nothing, input: nothing, putOutput: nothing, drop: nothing, room: answer(() => world.room) };
  const context: Context = {
    address: ME,
    store,
    reader: reader as ChainReader,
    calls: createCalls(deployment),
    files: { published: () => Promise.reject(new Error("nothing is published here")), download: () => Promise.reject(new Error("nothing is served here")) },
    shelf,
    versions: { get: () => Promise.resolve(hosted), close: nothing },
    committer: createCommitter(1),
    twin: () => true,
    clock: { now: () => time, sleep: nothing },
    telemetry: { emit: (name, fields) => void told.push({ name, fields: { ...fields } }) },
  };
  const policy: OperatorPolicy = {
    versions: "all",
    minFee: 0n,
    maxBond: 1_000n * OPG,
    maxCallbackGas: 2 ** 24,
    bondPerCheck: 0n,
    publicUrl: "http://me",
    confirmations: 2,
    pollSeconds: 1,
    minesOnDemand: false,
    ...changes,
  };
  const limits = { answerInputBytes: changes.maxInputBytes ?? 1 << 20, judgeInputBytes: 0, tensorBytes: 0, sampleElements: 1 };
  const start = () => createOperator(context, createDispatch(context), createTasks(context, limits), policy);

  /** A job with its request in the store. */
  async function request(nonce: number, terms: { bond?: bigint; callbackGas?: number; input?: Uint8Array; deadline?: number } = {}): Promise<(now: number) => Occasion> {
    const { bond = BOND, callbackGas = 0, input = new Uint8Array(16), deadline = 5_000 } = terms;
    const id = (BigInt(at("b")) << 64n) | BigInt(nonce);
    const event: JobEvent = {
      type: "JobRequested",
      version: VERSION,
      terms: (OPG << 160n) | (bond << 64n) | (BigInt(callbackGas) << 40n) | (600n << 16n),
      claim: BigInt(deadline) << 56n,
      input: `0x${Buffer.from(input).toString("hex")}`,
    };
    const block = 10 + nonce;
    await store.advance({ number: block, hash: `0x${block.toString(16).padStart(64, "0")}` }, [
      { block, logIndex: 0, job: formatJobId(id), event: encodeJobEvent(event), disputed: false },
    ]);
    return (now) => ({ id: formatJobId(id), state: foldJob(id, [event])!, events: [encodeJobEvent(event)], now, block: now });
  }

  /** Mines what is planned, as the contract would: a claim that the bond does not cover is refused. Returns how many were. */
  async function mine(block: number, most = Infinity): Promise<number> {
    let refused = 0;
    for (const { intent } of (await store.outbox.open(1_000)).slice(0, most)) {
      if (world.locked + BOND > world.bonded) {
        refused++;
        await store.outbox.refused(intent, `StakeTooLow(${formatUnits(world.bonded)})`);
        continue;
      }
      world.locked += BOND;
      mined++;
      await store.outbox.confirmed(intent, { hash: VERSION, block, gasUsed: 45_000n });
    }
    return refused;
  }

  /** Hands what is planned to the node, under the next nonces, without its being mined. */
  async function send(): Promise<void> {
    let nonce = mined;
    for (const { intent } of await store.outbox.open(1_000)) await store.outbox.sent(intent, nonce++, 100_000n, []);
  }

  return { world, told, start, request, mine, send, ran: () => ran, traced: () => traced, pass: (ms: number) => void (time += ms) };
}
