import { sameBytes } from "../../core/bytes.ts";
import { firstDifference, type Difference } from "../../core/dispute/compare.ts";
import { groundsOf, type Grounds } from "../../core/dispute/grounds.ts";
import { isTransient, messageOf, transientError } from "../../core/errors.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { jobOutput } from "../../core/program/jobOutput.ts";
import { isStatement } from "../../core/faults.ts";
import type { RecordedVerdict } from "../ports.ts";
import type { HostContext } from "./context.ts";
import { inputOf } from "./jobInput.ts";
import { submittedValues } from "./jobOutput.ts";

const VERDICTS: Readonly<Record<Grounds, (detail: string) => RecordedVerdict>> = {
  lie: (detail) => ({ verdict: "mismatch", detail }),
  none: (detail) => ({ verdict: "match", detail: `within the bounds, though not the same bytes; ${detail}` }),
  doubt: (detail) => ({ verdict: "doubtful", detail: `not the same bytes, but no further away than the bounds allow; ${detail}` }),
};

/** Judges a submitted output by this host's own run; `maxBytes` bounds its input and its values. Only a reason to come back later is thrown. */
export async function recompute(
  context: Pick<HostContext, "files" | "versions" | "twin"> & Partial<Pick<HostContext, "shelf">>,
  state: JobState,
  maxBytes: number,
): Promise<RecordedVerdict & { difference?: Difference }> {
  if (state.output === undefined) return { verdict: "unknown", detail: "no output was submitted yet" };
  try {
    const input = await inputOf(context, state, maxBytes);
    const hosted = await context.versions.get(state.job.version);
    const { program } = hosted;
    const own = await hosted.run(input);
    if (sameBytes(jobOutput(program, own), state.output)) return { verdict: "match", detail: "the same bytes" };
    const claimed = await submittedValues(context.files, program, state, maxBytes).catch((error: unknown) => messageOf(error));
    const values = typeof claimed === "string" ? undefined : claimed;
    const difference = values && firstDifference(program, own, values);
    const trace = await hosted.trace(input);
    const reach = (output: number, element: number) => hosted.reach(trace, output, element);
    const grounds = await groundsOf({ program, trace, constant: hosted.constant, twin: context.twin, reach }, values);
    const detail = difference === undefined ? `its roots are not those of this run; ${String(claimed)}` : describe(difference);
    return { ...VERDICTS[grounds](detail), ...(difference && { difference }) };
  } catch (error) {
    if (isStatement(error)) return { verdict: "unknown", detail: messageOf(error) };
    throw isTransient(error) ? error : transientError("RUN_FAILED", messageOf(error));
  }
}

const describe = ({ name, coordinates, expected, claimed }: Difference): string =>
  `${name}[${coordinates.join(", ")}]: expected ${expected}, claimed ${claimed}`;
