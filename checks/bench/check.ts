/** What it costs a watcher to find the lie in an opened trace of which everything is served, beside one bare inference. */
import { concat, getBytes, hexlify } from "ethers";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { commitTrace, constantTrees } from "../../core/dispute/evidence.ts";
import type { Hex } from "../../core/hex.ts";
import { encodeJobEvent, type JobEvent } from "../../core/jobs/events.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import { foldJob } from "../../core/jobs/state.ts";
import type { TensorTree } from "../../core/merkle/tensorTree.ts";
import { twin } from "../../core/operators/index.ts";
import { outputId, traceTree, tracedTensors } from "../../core/program/program.ts";
import type { Program } from "../../core/program/types.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import { drawInputs } from "../../oracle/certify/inputs.ts";
import { clock } from "../../oracle/connect.ts";
import { joinOutput, outputOf, splitInput, type HostedVersion } from "../../oracle/host/versions.ts";
import type { ChainReader } from "../../oracle/ports.ts";
import type { Occasion } from "../../oracle/roles/context.ts";
import { createInvestigations } from "../../oracle/roles/investigation.ts";
import { createCommitter } from "../../oracle/runtime/committing.ts";
import { createWorkerRuntime } from "../../oracle/runtime/workers.ts";
import type { Target } from "./target.ts";

/** Medians, in milliseconds: that pass, and of all processors together. */
export interface Duration {
  readonly wall: number;
  readonly cpu: number;
}

export interface Check {
  readonly name: string;
  readonly traceBytes: number;
  /** One run that gives out the outputs alone. */
  readonly inference: Duration;
  /** Committing to a trace that is there, as an operator does it that opens. */
  readonly commitment: Duration;
  /** From the opening to the proof: one's own trace, its tree, the comparison, the tensor that differs, the verdict, the proof. */
  readonly check: Duration;
}

const VERSION: Hex = `0x${"12".repeat(32)}`;
const OPERATOR: Hex = `0x${"a".repeat(40)}`;
const WATCHER: Hex = `0x${"b".repeat(40)}`;
const OPG = 10n ** 18n;
const INPUT = "http://requester.example/input";

/** The trace of an operator that moves one number in the middle of the model by one unit in the last place, and computes on. */
async function liesIn(model: CompiledModel, hosted: HostedVersion, honest: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const { nodes } = model.program;
  const trace = [...honest];
  const middle = nodes.length >> 1;
  const changed = new Set<number>();
  for (const [i, node] of nodes.entries()) {
    const id = outputId(node);
    if (i === middle) {
      trace[id] = Uint8Array.from(trace[id]);
      trace[id][4 * (trace[id].length >> 3)] ^= 1;
      changed.add(id);
    } else if (node.inputs.some((tensor) => tensor?.source.kind === "computed" && changed.has(tensor.source.id))) {
      trace[id] = Uint8Array.from(await hosted.recompute(i, (tensor) => trace[tensor]));
      changed.add(id);
    }
  }
  return trace;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

async function timed(rounds: number, work: (round: number) => Promise<unknown>): Promise<Duration> {
  const [walls, cpus]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const [started, used] = [performance.now(), process.cpuUsage()];
    await work(round);
    walls.push(performance.now() - started);
    const { user, system } = process.cpuUsage(used);
    cpus.push((user + system) / 1_000);
  }
  return { wall: median(walls), cpu: median(cpus) };
}

export async function measureCheck(name: string, model: CompiledModel, rounds: number): Promise<Check> {
  const { program } = model;
  const runtime = createWorkerRuntime(2);
  const committer = createCommitter();
  const session = await runtime.open(model.canonical);
  const tracer = await model.open(runtime);
  const input = joinOutput(drawInputs(program.inputs, 1));
  const feeds = new Map(program.inputs.map(({ name: fed, dtype, dims }, i) => [fed, { dtype, dims, data: splitInput(program, input)[i] }]));
  const hosted: HostedVersion = {
    program,
    constant: constantTrees(program, (node, place) => model.constant(node, place)),
    run: () => Promise.reject(new Error("it is not judged here")),
    trace: (bytes) => tracer.run(splitInput(program, bytes)),
    recompute: (node, tensor) => model.recompute(runtime, node, tensor),
    reach: () => Promise.reject(new Error("it is not judged here")),
  };
  const honest = await hosted.trace(input);
  const claimed = await liesIn(model, hosted, honest);
  const served = commitTrace(program, claimed);
  const context = {
    reader: { gameTerms: () => Promise.resolve({ maxOpenDemands: 64, revealPeriod: 3_600 }) } as unknown as ChainReader,
    files: { published: () => Promise.reject(new Error("nothing is published here")), download: (uri: string) => Promise.resolve(uri === INPUT ? input : serve(served, uri)) },
    shelf: { put: nothing, tensors: nothing, putInput: nothing, input: nothing, putOutput: nothing, room: () => Promise.resolve(Infinity), drop: nothing },
    versions: { get: () => Promise.resolve(hosted), close: nothing },
    committer,
    twin,
    clock,
    telemetry: { emit: () => {} },
  };
  const investigate = createInvestigations(context, { maxInputBytes: Infinity, maxTensorBytes: Infinity });
  try {
    const occasions = Array.from({ length: rounds }, (_, i) => occasionOf(BigInt(i), program, served, outputOf(program, claimed)));
    await investigate(occasionOf(BigInt(rounds), program, served, outputOf(program, claimed)));
    await committer.commit(tracedTensors(program), honest);
    return {
      name,
      traceBytes: tracedTensors(program).reduce((sum, tensor) => sum + byteLength(tensor), 0),
      inference: await timed(2 * rounds, () => session.run(feeds)),
      commitment: await timed(rounds, () => committer.commit(tracedTensors(program), honest)),
      check: await timed(rounds, async (round) => {
        const { kind } = await investigate(occasions[round]);
        if (kind !== "accuse") throw new Error(`the lie in ${name} was not found: ${kind}`);
      }),
    };
  } finally {
    await session.release();
    await tracer.release();
    await committer.close();
    await runtime.close();
  }
}

const nothing = () => Promise.resolve(undefined);

/** A tensor or the roots, as the operator serves them. */
function serve(trees: readonly TensorTree[], uri: string): Uint8Array {
  const part = uri.slice(uri.lastIndexOf("/") + 1);
  return part === "roots" ? getBytes(concat(trees.map(({ root }) => root))) : trees[Number(part)].data;
}

/** A job of which the trace was opened. */
function occasionOf(nonce: bigint, { inputs }: Program, trees: readonly TensorTree[], output: Uint8Array): Occasion {
  const roots = inputs.map((_, id) => trees[id].root as Hex);
  const committed = traceTree(trees.map(({ root }) => root));
  const claim = (BigInt(OPERATOR) << 96n) | (5_000n << 56n) | (900n << 16n);
  const events: JobEvent[] = [
    { type: "JobRequestedByRoots", version: VERSION, terms: (OPG << 160n) | ((100n * OPG) << 64n) | (600n << 16n), claim: 5_000n << 56n, roots, uri: INPUT },
    { type: "JobSubmitted", operator: OPERATOR, claim, output: hexlify(output) as Hex },
    { type: "JobChallenged", operator: OPERATOR },
    { type: "Challenged", challenger: WATCHER, openBy: 1_500, deadline: 2_100 },
    { type: "Opened", operator: OPERATOR, traceRoot: committed.root as Hex, shown: concat(committed.below(0, 0)) as Hex, uri: "http://operator.example" },
  ];
  const id = (BigInt(WATCHER) << 64n) | nonce;
  return { id: formatJobId(id), state: foldJob(id, events)!, events: events.map(encodeJobEvent), now: 1_000, block: 50 };
}

export function checkTargets(checks: readonly Check[]): Target[] {
  return checks.flatMap(({ name, inference, commitment, check }) => [
    { name: `${name}: check against inference and hashing`, measured: check.cpu / (inference.cpu + commitment.cpu), limit: 1.3, unit: "" },
    { name: `${name}: commitment against inference`, measured: commitment.wall / inference.wall, limit: 2, unit: "" },
  ]);
}

export function showCheck({ name, traceBytes, inference, commitment, check }: Check, say: (line: string) => void): void {
  const [bare, hashed, found] = [inference, commitment, check].map(({ wall, cpu }) => `${wall.toFixed(0)} ms (processors ${cpu.toFixed(0)} ms)`);
  say(`${name}: inference ${bare}, commitment to ${(traceBytes / 1e6).toFixed(0)} MB ${hashed}, check ${found}`);
}
