import { Random } from "../math/random.ts";
import type { Program, Schedule } from "../program/types.ts";
import type { Runtime } from "../runtime.ts";
import { floatsOf } from "../tensor/numbers.ts";
import { byteLength, sizeOf } from "../tensor/shape.ts";
import type { Dot } from "../operators/dot.ts";
import { dotOf, matching } from "./dot.ts";
import type { Graph } from "./graph.ts";
import { isDot } from "./mapFile.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { OnProgress } from "./progress.ts";
import { ScheduleFinder } from "./schedule.ts";
import { openTracer } from "./trace.ts";

/** Products compared for one node in the run of the whole model. */
const VERIFY_BUDGET = 300_000_000;

/**
 * The schedule of every dot product, found on the node alone and then confirmed in a run of the whole model. A node
 * that follows none gets undefined, and with it the rule `bound`.
 */
export async function findSchedules(
  graph: Graph,
  mapped: readonly Mapped[],
  runtime: Runtime,
  onProgress: OnProgress,
): Promise<(Schedule | undefined)[]> {
  const finder = new ScheduleFinder(runtime);
  const dots = mapped.flatMap((node, i) => (isDot(node) ? [i] : []));
  const schedules = new Array<Schedule | undefined>(mapped.length).fill(undefined);
  for (const [done, i] of dots.entries()) {
    onProgress({ stage: "schedules", done, total: dots.length });
    schedules[i] = await finder.find(graph.nodes[i], mapped[i]);
  }
  onProgress({ stage: "schedules", done: dots.length, total: dots.length });
  if (dots.every((i) => schedules[i] === undefined)) return schedules;
  const failed = await failingSchedules(graph, mapped, schedules, runtime, 1, onProgress);
  for (const i of failed) schedules[i] = undefined;
  return schedules;
}

/** The dot product that a node computes, on the values of a trace. */
export function dotIn(graph: Graph, mapped: Mapped, trace: readonly Uint8Array[]): Dot {
  return dotOf(
    mapped,
    mapped.inputs.map((value) => value && floatsOf(value.constant?.data ?? trace[graph.ids.get(value.name)!])),
  );
}

/** Nodes whose stated schedule some compared element does not follow, in a run of the whole model on random inputs. */
export async function failingSchedules(
  graph: Graph,
  mapped: readonly Mapped[],
  schedules: readonly (Schedule | undefined)[],
  runtime: Runtime,
  seed: number,
  onProgress: OnProgress,
): Promise<number[]> {
  const tracer = await openTracer(graph, runtime);
  try {
    const trace = await tracer.run(randomInputs(graph.inputs, seed));
    const dots = schedules.flatMap((schedule, i) => (schedule === undefined ? [] : [i]));
    return dots.filter((i, done) => {
      onProgress({ stage: "verify", done, total: dots.length });
      const output = floatsOf(trace[graph.ids.get(graph.nodes[i].output.name)!]);
      return matching(dotIn(graph, mapped[i], trace), output, [schedules[i]!], VERIFY_BUDGET).length === 0;
    });
  } finally {
    await tracer.release();
  }
}

/** Seeded inputs of the right sizes: normal floats, other elements from random bytes. */
export function randomInputs(specs: Program["inputs"], seed: number): Uint8Array[] {
  const random = new Random(seed);
  return specs.map((spec) => {
    if (spec.dtype === 1) {
      const values = new Float32Array(sizeOf(spec.dims));
      for (let i = 0; i < values.length; i++) values[i] = random.normal();
      return new Uint8Array(values.buffer);
    }
    return Uint8Array.from({ length: byteLength(spec) }, () => random.u32() & (spec.dtype === 9 ? 1 : 0xff));
  });
}
