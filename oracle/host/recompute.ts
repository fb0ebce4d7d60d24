import { differencesAdmissible, firstDifference, type Difference } from "../../core/dispute/compare.ts";
import { traceReaders } from "../../core/dispute/evidence.ts";
import { isTransient, messageOf, transientError } from "../../core/errors.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { isStatement } from "../../core/faults.ts";
import type { RecordedVerdict } from "../ports.ts";
import type { HostContext } from "./context.ts";
import { inputOf } from "./jobInput.ts";
import { outputOf } from "./versions.ts";

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
    const trace = await hosted.trace(input);
    const expected = outputOf(program, trace);
    const difference = firstDifference(program, expected, state.output);
    if (difference === undefined) return { verdict: "match", detail: "the same bytes" };
    const readerOf = traceReaders(program, trace, hosted.constant);
    const { name, coordinates, expected: mine, claimed } = difference;
    const detail = `${name}[${coordinates.join(", ")}]: expected ${mine}, claimed ${claimed}`;
    // Rationale: under a bound, another honest host may differ in the last digits; that is no ground for a challenge.
    return differencesAdmissible(program, readerOf, expected, state.output, context.twin)
      ? { verdict: "match", detail: `within the bound, though not the same bytes; ${detail}`, difference }
      : { verdict: "mismatch", detail, difference };
  } catch (error) {
    if (isStatement(error)) return { verdict: "unknown", detail: messageOf(error) };
    throw isTransient(error) ? error : transientError("RUN_FAILED", messageOf(error));
  }
}
