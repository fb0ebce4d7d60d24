import { firstDifference, type Difference } from "../../core/dispute/compare.ts";
import { groundsOf, type Grounds } from "../../core/dispute/grounds.ts";
import { isTransient, messageOf, transientError } from "../../core/errors.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { isStatement } from "../../core/faults.ts";
import type { RecordedVerdict } from "../ports.ts";
import type { HostContext } from "./context.ts";
import { inputOf } from "./jobInput.ts";

const VERDICTS: Readonly<Record<Grounds, (detail: string) => RecordedVerdict>> = {
  lie: (detail) => ({ verdict: "mismatch", detail }),
  none: (detail) => ({ verdict: "match", detail: `within the bounds, though not the same bytes; ${detail}` }),
  doubt: (detail) => ({ verdict: "doubtful", detail: `not the same bytes, but no further away than the bounds allow; ${detail}` }),
};

/** Judges a submitted output by this host's own run. Only a reason to come back later is thrown. */
export async function recompute(
  context: Pick<HostContext, "files" | "versions" | "twin"> & Partial<Pick<HostContext, "shelf">>,
  state: JobState,
  maxInputBytes: number,
): Promise<RecordedVerdict & { difference?: Difference }> {
  if (state.output === undefined) return { verdict: "unknown", detail: "no output was submitted yet" };
  try {
    const input = await inputOf(context, state, maxInputBytes);
    const hosted = await context.versions.get(state.job.version);
    const { program } = hosted;
    const difference = firstDifference(program, await hosted.run(input), state.output);
    if (difference === undefined) return { verdict: "match", detail: "the same bytes" };
    const { name, coordinates, expected: mine, claimed } = difference;
    const detail = `${name}[${coordinates.join(", ")}]: expected ${mine}, claimed ${claimed}`;
    const trace = await hosted.trace(input);
    const reach = (output: number, element: number) => hosted.reach(trace, output, element);
    const grounds = await groundsOf({ program, trace, constant: hosted.constant, twin: context.twin, reach }, state.output);
    return { ...VERDICTS[grounds](detail), difference };
  } catch (error) {
    if (isStatement(error)) return { verdict: "unknown", detail: messageOf(error) };
    throw isTransient(error) ? error : transientError("RUN_FAILED", messageOf(error));
  }
}
