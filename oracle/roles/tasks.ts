import { hexlify } from "ethers";
import { placesOfInput } from "../../core/dispute/hiddenInput.ts";
import { messageOf } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { footprintOf, type Footprint } from "../../core/jobs/declining.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { isRooted, jobOutput } from "../../core/program/jobOutput.ts";
import type { HostContext } from "../host/context.ts";
import { inputOf, isUnavailableInput } from "../host/jobInput.ts";
import { recompute } from "../host/recompute.ts";
import { createSelfCheck } from "../host/selfCheck.ts";
import { runnableInput } from "../host/versions.ts";
import type { RecordedVerdict } from "../ports.ts";
import type { Occasion } from "./context.ts";
import { createInvestigations, type Finding } from "./investigation.ts";
import { openTrace, revealPlaces } from "./openedTrace.ts";

export interface Answer {
  /** The job's output, as it is to be submitted. */
  readonly output: Hex;
  readonly runMs: number;
  /** Of the trace that was checked; null where none was. */
  readonly traceMs: number | null;
}

/** A verdict, or that the input is not to be had: so many leaves would have to be demanded to see it. */
export type Judgement = RecordedVerdict | { readonly verdict: "unavailable"; readonly detail: string; readonly places: number };

/**
 * The work on a job that takes its model and no key: whoever has the job's events, a node and the published files can do
 * it, on any host and any number of times.
 */
export interface Tasks {
  /** Loads the version, and refuses one that this host does not qualify for. */
  survey(occasion: Occasion): Promise<Footprint>;
  /** Runs the model; with `check`, judges a random sample of its trace before. */
  answer(occasion: Occasion, check: boolean): Promise<Answer>;
  /** Recomputes what was submitted. Only a reason to come back later is thrown. */
  judge(occasion: Occasion): Promise<Judgement>;
  /** Computes the trace, puts it on the shelf, and encodes its opening. */
  open(occasion: Occasion): Promise<Hex>;
  /** Encodes an answer to each list of demanded places. */
  reveal(occasion: Occasion, batches: readonly (readonly Hex[])[]): Promise<readonly Hex[]>;
  investigate(occasion: Occasion): Promise<Finding>;
}

export interface TaskLimits {
  /** Longest input that is answered, and that is judged. */
  readonly answerInputBytes: number;
  readonly judgeInputBytes: number;
  readonly tensorBytes: number;
  /** Elements of its own trace that are judged before an output is submitted. */
  readonly sampleElements: number;
}

export function createTasks(context: HostContext, limits: TaskLimits): Tasks {
  return {
    survey: async ({ state }) => footprintOf((await context.versions.get(state.job.version)).program),
    answer: createAnswering(context, limits),
    judge: ({ state }) => judge(context, state, limits.judgeInputBytes),
    open: (occasion) => openTrace(context, occasion),
    reveal: (occasion, batches) => revealPlaces(context, occasion, batches),
    investigate: createInvestigations(context, { maxInputBytes: limits.judgeInputBytes, maxTensorBytes: limits.tensorBytes }),
  };
}

function createAnswering(context: HostContext, { answerInputBytes, sampleElements }: TaskLimits): Tasks["answer"] {
  const { versions, clock, shelf } = context;
  const checkTrace = createSelfCheck(context, sampleElements);
  return async ({ id, state }, check) => {
    const hosted = await versions.get(state.job.version);
    const input = await inputOf(context, state, answerInputBytes);
    runnableInput(hosted.program, input);
    const started = clock.now();
    const values = await hosted.run(input);
    const runMs = clock.now() - started;
    const traceMs = check ? await checkTrace(id, hosted, input, values) : null;
    // INVARIANT: what is behind roots is on the shelf before anybody can know of the roots.
    if (isRooted(hosted.program)) await shelf.putOutput(id, values);
    return { output: hexlify(jobOutput(hosted.program, values)) as Hex, runMs, traceMs };
  };
}

async function judge(context: HostContext, state: JobState, maxInputBytes: number): Promise<Judgement> {
  try {
    const { verdict, detail } = await recompute(context, state, maxInputBytes);
    return { verdict, detail };
  } catch (error) {
    if (!isUnavailableInput(error)) throw error;
    const { program } = await context.versions.get(state.job.version);
    return { verdict: "unavailable", detail: messageOf(error), places: placesOfInput(program) };
  }
}
