import type { Job } from "../../core/jobs/job.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import { nextAction, type OpenAction } from "../../core/jobs/next.ts";
import { unanswered, type JobState } from "../../core/jobs/state.ts";
import { gameInterface, jobsInterface } from "../chain/contracts.ts";
import type { Context } from "../chain/context.ts";
import type { Mined } from "../chain/port.ts";
import { OpgError } from "../errors.ts";
import { job } from "./waiting.ts";

const wordsOf = ({ id, version, input, terms, claim, output }: Job) => [id, version, input, terms, claim, output];

/** Withdraws a job that nobody has reserved or served. Only its requester may. */
export async function cancel(context: Context, id: bigint): Promise<Mined> {
  const { state } = await job(context, id);
  return context.send(context.deployment.jobs, jobsInterface, "cancel", [wordsOf(state.job)]);
}

/** A step that anyone may take. The chain's refusal, if it comes too early or too late, says why. */
export async function step(context: Context, id: bigint, action: OpenAction): Promise<Mined> {
  const { state } = await job(context, id);
  const { jobs, game } = context.deployment;
  const words = wordsOf(state.job);
  switch (action) {
    case "refund":
      return context.send(jobs, jobsInterface, "refund", [words]);
    case "finalize":
    case "retryCallback":
      return context.send(jobs, jobsInterface, action, [words, outputOf(state)]);
    case "silence":
      return context.send(game, gameInterface, "silence", [words, firstUnanswered(state)]);
    case "timeout":
    case "resolve":
    case "collect":
      return context.send(game, gameInterface, action, [words]);
  }
}

/** Takes the step that is next, whichever it is. */
export async function settle(context: Context, id: bigint): Promise<Mined> {
  const { state, next } = await job(context, id);
  const action = nextAction(state)?.action;
  if (action === undefined) throw new OpgError("JOB", `nothing is left to do about job ${formatJobId(id)}, which is ${state.status}`, "there is nothing to do");
  if (next?.due !== true) throw new OpgError("JOB", `nothing can be done about job ${formatJobId(id)} yet: to ${action} it takes until second ${next?.from}`, "wait until then");
  return step(context, id, action);
}

/** The submitted bytes, which the callback gets. */
function outputOf({ job: { id }, output }: JobState): Uint8Array {
  if (output === undefined) throw new OpgError("JOB", `job ${formatJobId(id)} has no output yet`, "wait until an operator has submitted one");
  return output;
}

function firstUnanswered({ job: { id }, dispute }: JobState): string {
  const [first] = dispute === undefined ? [] : [...unanswered(dispute)].sort((a, b) => a.revealBy - b.revealBy);
  if (first === undefined) throw new OpgError("JOB", `no demand waits for an answer in job ${formatJobId(id)}`, "there is nothing to do");
  return first.item;
}
