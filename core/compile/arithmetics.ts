import { Faults } from "../faults.ts";
import { Random } from "../math/random.ts";
import { Rule, type Arithmetic, type Program } from "../program/types.ts";
import type { Runtime, SessionOptions } from "../runtime.ts";
import { DType } from "../tensor/dtype.ts";
import { floatsOf } from "../tensor/numbers.ts";
import { byteLength, sizeOf } from "../tensor/shape.ts";
import type { FloatInputs } from "../operators/dot.ts";
import { operatorOf } from "../operators/index.ts";
import type { Graph } from "./graph.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { following, isTried } from "./nodeTrial.ts";
import type { OnProgress } from "./progress.ts";
import { ArithmeticFinder } from "./arithmeticFinder.ts";
import { openTracer } from "./trace.ts";

/** Products compared for one dot product in the run of the whole model. */
const VERIFY_BUDGET = 2_000_000;

/** The arithmetic that a row is found to follow, where a host must be tried on it; undefined where it follows none of those that there are. */
export async function findArithmetics(graph: Graph, mapped: readonly Mapped[], runtime: Runtime, onProgress: OnProgress): Promise<(Arithmetic | undefined)[]> {
  const finder = new ArithmeticFinder(runtime);
  const tried = mapped.flatMap((node, i) => (isTried(node) ? [i] : []));
  const found = new Array<Arithmetic | undefined>(mapped.length).fill(undefined);
  for (const [done, i] of tried.entries()) {
    onProgress({ stage: "schedules", done, total: tried.length });
    found[i] = await finder.find(graph.nodes[i], mapped[i]);
  }
  onProgress({ stage: "schedules", done: tried.length, total: tried.length });
  return found;
}

/**
 * The arithmetic that every row states: what it was found to follow alone, if that is confirmed in a run of the whole model, else
 * the rule `bound`. Throws a CompileError that names the nodes for which that is not permitted.
 * @param trace of that run
 */
export function confirmed(
  graph: Graph,
  mapped: readonly Mapped[],
  found: readonly (Arithmetic | undefined)[],
  trace: readonly Uint8Array[],
  onProgress: OnProgress,
): Arithmetic[] {
  const failed = new Set(failing(graph, mapped, found, trace, onProgress));
  const faults = new Faults();
  const stated = mapped.map((_, i) => (failed.has(i) ? undefined : found[i]) ?? untried(graph, mapped, i, faults));
  faults.throwIfAny();
  return stated;
}

/** What a row states without a trial, or after one that failed. */
function untried(graph: Graph, mapped: readonly Mapped[], i: number, faults: Faults): Arithmetic {
  const { rules } = mapped[i];
  if (isTried(mapped[i]) && !rules.includes(Rule.bound)) {
    const { name, op } = graph.nodes[i];
    const why =
      operatorOf(mapped[i].opcode).dot === undefined
        ? `this host's runtime does not compute ${op} as docs/operators.md says`
        : "this host's runtime adds its products in no order that is known (docs/protocol.md §2.3, §2.4)";
    faults.add(name, op, `${why}: compile it on an x86-64 host with AVX2 and FMA`);
  }
  return { rule: rules[rules.length - 1], chunk: 0, flags: 0 };
}

/** The float32 inputs of a node in a trace; undefined where one is absent or of another type. */
export const floatInputs = (graph: Graph, { inputs }: Mapped, trace: readonly Uint8Array[]): FloatInputs =>
  inputs.map((value) => (value?.dtype === DType.float32 ? floatsOf(value.constant?.data ?? trace[graph.ids.get(value.name)!]) : undefined));

/** Nodes of which some compared element does not follow the arithmetic stated, in the trace of a run of the whole model. */
export function failing(
  graph: Graph,
  mapped: readonly Mapped[],
  stated: readonly (Arithmetic | undefined)[],
  trace: readonly Uint8Array[],
  onProgress: OnProgress,
): number[] {
  const tried = stated.flatMap((arithmetic, i) => (arithmetic === undefined ? [] : [i]));
  return tried.filter((i, done) => {
    onProgress({ stage: "verify", done, total: tried.length });
    const output = floatsOf(trace[graph.ids.get(graph.nodes[i].output.name)!]);
    return following(mapped[i], floatInputs(graph, mapped[i], trace), output, [stated[i]!], VERIFY_BUDGET).length === 0;
  });
}

/** The trace of a run on seeded random inputs. */
export async function randomTrace(graph: Graph, runtime: Runtime, seed: number, options?: SessionOptions): Promise<Uint8Array[]> {
  const tracer = await openTracer(graph, runtime, options);
  try {
    return await tracer.run(randomInputs(graph.inputs, seed));
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
