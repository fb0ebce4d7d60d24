import { Rule, type Arithmetic, type Program } from "../program/types.ts";
import type { Runtime } from "../runtime.ts";
import { failing, randomTrace } from "./arithmetics.ts";
import type { Graph } from "./graph.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { isTried } from "./nodeTrial.ts";
import type { OnProgress } from "./progress.ts";
import { ArithmeticFinder } from "./arithmeticFinder.ts";

/** Raised whenever `objections` asks more of a program than it did: what was found before then says nothing. */
export const QUALIFICATION = 3;

/**
 * Why a node must not be served: its stated schedule is not followed, nor the operations of its kernel, or it states `bound`
 * and an arithmetic is followed that leaves nothing open.
 */
export interface Objection {
  readonly name: string;
  readonly against: "schedule" | "kernel" | "bound";
}

const REASONS: Readonly<Record<Objection["against"], (names: string) => string>> = {
  schedule: (names) => `this host does not follow the schedule of ${names}`,
  kernel: (names) => `this host's runtime does not compute ${names} as docs/operators.md says`,
  bound: (names) => `the program leaves ${names} to the rule bound, though a schedule holds on this host: compile the model anew`,
};

/** The objections for people; undefined where there are none. */
export function describeObjections(objections: readonly Objection[]): string | undefined {
  const reasons = (["schedule", "kernel", "bound"] as const).flatMap((against) => {
    const names = objections.filter((objection) => objection.against === against).map(({ name }) => name);
    return names.length === 0 ? [] : [REASONS[against](names.join(", "))];
  });
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

/** See CompiledModel.objections. */
export async function objectionsTo(
  program: Program,
  graph: Graph,
  mapped: readonly Mapped[],
  runtime: Runtime,
  seed: number,
  onProgress: OnProgress,
): Promise<Objection[]> {
  const { nodes } = program;
  const finder = new ArithmeticFinder(runtime);
  const tried = mapped.flatMap((node, i) => (isTried(node) ? [i] : []));
  const followed = new Array<Arithmetic | undefined>(nodes.length).fill(undefined);
  for (const [done, i] of tried.entries()) {
    onProgress({ stage: "schedules", done, total: tried.length });
    if (nodes[i].rule === Rule.bound) followed[i] = await finder.find(graph.nodes[i], mapped[i]);
    else if (await finder.follows(graph.nodes[i], mapped[i], nodes[i])) followed[i] = nodes[i];
  }
  if (tried.length > 0) for (const i of failing(graph, mapped, followed, await randomTrace(graph, runtime, seed), onProgress)) followed[i] = undefined;
  return tried.flatMap((i): Objection[] => {
    const { name, rule } = nodes[i];
    if ((followed[i] === undefined) === (rule === Rule.bound)) return [];
    return [{ name, against: rule === Rule.bound ? "bound" : rule === Rule.kernel ? "kernel" : "schedule" }];
  });
}
