import { unanswered } from "../../core/jobs/state.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { SETTLING_STEPS } from "../../core/jobs/claims.ts";
import type { SettlingStep } from "../../core/jobs/claims.ts";
import type { Call, ChainCalls } from "../ports.ts";
import type { Context, StepHandler } from "./context.ts";
import type { Dispatch } from "./transactions.ts";

/** The one transaction that a step is. */
export function settlingCall(calls: ChainCalls, step: SettlingStep, state: JobState, now: number): Call {
  const { job } = state;
  switch (step) {
    case "silence": {
      const silent = unanswered(state.dispute!).find(({ revealBy }) => now > revealBy)!;
      return calls.silence(job, silent.item);
    }
    case "finalize":
      return calls.finalize(job, state.output ?? new Uint8Array());
    default:
      return calls[step](job);
  }
}

/** The steps that are one transaction and nothing else. */
export function createSettler(context: Context, dispatch: Dispatch): Record<SettlingStep, StepHandler> {
  const settle =
    (step: SettlingStep): StepHandler =>
    async (occasion) =>
      (await dispatch(step, occasion, () => settlingCall(context.calls, step, occasion.state, occasion.now))).again;
  return Object.fromEntries(SETTLING_STEPS.map((step) => [step, settle(step)])) as Record<SettlingStep, StepHandler>;
}
