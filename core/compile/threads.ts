import { free } from "../bytes.ts";
import { sha256 } from "../digest.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { Runtime } from "../runtime.ts";
import { randomTrace } from "./arithmetics.ts";
import type { Graph } from "./graph.ts";
import { keepsOrder } from "./partition.ts";

/** Threads that a version may state, the most first. More are not tried: parts become too small to be worth one. */
const COUNTS = [16, 8, 4, 2];

/** Seed of the inputs on which a run with more threads is compared, where no other run with one is at hand. */
const SEED = 11;

/** A run on one thread: the seed of its inputs, and the digests of its trace. */
export interface SeededRun {
  readonly seed: number;
  readonly digests: string;
}

/** Nodes whose elements do not keep their bits in a session of that many threads, or of some lower number of them. */
export const changedBy = (threads: number, { nodes }: Graph, mapped: readonly Mapped[]): string[] =>
  nodes.filter((node, i) => !keepsOrder(mapped[i], node.output, threads)).map(({ name }) => name);

/** The most threads with which every tensor keeps its bits, as far as sizes say: the parts of a product follow from them. */
export const threadsBySizes = (graph: Graph, mapped: readonly Mapped[]): number => COUNTS.find((count) => changedBy(count, graph, mapped).length === 0) ?? 1;

/**
 * The threads, at most that many, with which every tensor of a run is here what it is with one; a number that fails is halved.
 * One run decides: how values are divided depends on no value, and what is added in another order is a row or sixteen columns at
 * least, of sums that are long enough to be divided.
 * Rationale: on processors with cores of two kinds the runtime makes four times as many parts as it has threads.
 * @param alone a run on one thread
 */
export async function usableThreads(graph: Graph, runtime: Runtime, most: number, alone?: SeededRun): Promise<number> {
  if (most === 1) return 1;
  const { seed, digests } = alone ?? { seed: SEED, digests: digestsOf(await randomTrace(graph, runtime, SEED)) };
  for (let threads = most; threads > 1; threads = Math.floor(threads / 2)) {
    if (digestsOf(await randomTrace(graph, runtime, seed, { threads })) === digests) return threads;
  }
  return 1;
}

/** The digests of all tensors of a trace, which is used up: two of them would be in memory otherwise. */
export function digestsOf(trace: readonly Uint8Array[]): string {
  const digests = trace.map((tensor) => sha256(tensor)).join();
  trace.forEach(free);
  return digests;
}
