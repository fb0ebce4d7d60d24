import { sha256 } from "../digest.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { Runtime } from "../runtime.ts";
import { randomInputs } from "./arithmetics.ts";
import type { Graph } from "./graph.ts";
import { keepsOrder } from "./partition.ts";
import type { OnProgress } from "./progress.ts";
import { openTracer } from "./trace.ts";

/** Threads that a version may state, the most first. More are not tried: parts become too small to be worth one. */
const COUNTS = [16, 8, 4, 2];

/** Seeds of the inputs on which a run with more threads is compared. How values are divided depends on no value. */
const SEEDS = [11, 12];

/** Nodes whose elements do not keep their bits in a session of that many threads, or of some lower number of them. */
export const changedBy = (threads: number, { nodes }: Graph, mapped: readonly Mapped[]): string[] =>
  nodes.filter((node, i) => !keepsOrder(mapped[i], node.output, threads)).map(({ name }) => name);

/** The most threads with which every tensor keeps the bits that one thread gives: by the parts that follow from sizes, then by running. */
export async function findThreads(graph: Graph, mapped: readonly Mapped[], runtime: Runtime, onProgress: OnProgress): Promise<number> {
  onProgress({ stage: "threads", done: 0, total: 1 });
  const most = COUNTS.find((count) => changedBy(count, graph, mapped).length === 0) ?? 1;
  const found = await usableThreads(graph, runtime, most);
  onProgress({ stage: "threads", done: 1, total: 1 });
  return found;
}

/**
 * The threads, at most that many, with which every tensor of a run is here what it is with one; a number that fails is halved.
 * Rationale: on processors with cores of two kinds the runtime makes four times as many parts as it has threads.
 */
export async function usableThreads(graph: Graph, runtime: Runtime, most: number): Promise<number> {
  if (most === 1) return 1;
  const alone = await tensorsWith(graph, runtime, 1);
  for (let threads = most; threads > 1; threads = Math.floor(threads / 2)) {
    if ((await tensorsWith(graph, runtime, threads)) === alone) return threads;
  }
  return 1;
}

/** The digests of all tensors of the compared runs. */
async function tensorsWith(graph: Graph, runtime: Runtime, threads: number): Promise<string> {
  const tracer = await openTracer(graph, runtime, { threads });
  try {
    const digests: string[] = [];
    for (const seed of SEEDS) digests.push(...(await tracer.run(randomInputs(graph.inputs, seed))).map((tensor) => sha256(tensor)));
    return digests.join();
  } finally {
    await tracer.release();
  }
}
