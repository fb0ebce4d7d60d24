import { Rule, type Program, type Schedule } from "../program/types.ts";
import type { Runtime } from "../runtime.ts";
import { failingSchedules } from "./findSchedules.ts";
import type { Graph } from "./graph.ts";
import { isDot } from "./mapFile.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { OnProgress } from "./progress.ts";
import { ScheduleFinder } from "./schedule.ts";

/** Raised whenever `objections` asks more of a program than it did: what was found before then says nothing. */
export const QUALIFICATION = 2;

/** Why a node must not be served: its stated schedule is not followed, or it states `bound` and a schedule is followed. */
export interface Objection {
  readonly name: string;
  readonly against: "schedule" | "bound";
}

/** The objections for people; undefined where there are none. */
export function describeObjections(objections: readonly Objection[]): string | undefined {
  const named = (against: Objection["against"]) => objections.filter((o) => o.against === against).map(({ name }) => name).join(", ");
  const [schedules, bounds] = [named("schedule"), named("bound")];
  const reasons = [
    ...(schedules === "" ? [] : [`this host does not follow the schedule of ${schedules}`]),
    ...(bounds === "" ? [] : [`the program leaves ${bounds} to the rule bound, though a schedule holds on this host: compile the model anew`]),
  ];
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
  const finder = new ScheduleFinder(runtime);
  const dots = mapped.flatMap((node, i) => (isDot(node) ? [i] : []));
  const schedules = new Array<Schedule | undefined>(nodes.length).fill(undefined);
  for (const [done, i] of dots.entries()) {
    onProgress({ stage: "schedules", done, total: dots.length });
    if (nodes[i].rule === Rule.bound) schedules[i] = await finder.find(graph.nodes[i], mapped[i]);
    else if (await finder.follows(graph.nodes[i], mapped[i], nodes[i])) schedules[i] = nodes[i];
  }
  for (const i of await failingSchedules(graph, mapped, schedules, runtime, seed, onProgress)) schedules[i] = undefined;
  return dots.flatMap((i): Objection[] => {
    const { name, rule } = nodes[i];
    const followed = schedules[i] !== undefined;
    return followed === (rule === Rule.chain) ? [] : [{ name, against: followed ? "bound" : "schedule" }];
  });
}
