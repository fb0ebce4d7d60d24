import { unanswered } from "../core/jobs/state.ts";
import type { Step } from "../core/jobs/lifecycle.ts";
import type { Call } from "../ports.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import type { Dispatch } from "./transactions.ts";

export type SettlingStep = Extract<Step, "timeout" | "silence" | "resolve" | "finalize" | "refund" | "reclaim" | "collect">;

/** The steps that are one transaction and nothing else. */
export function createSettler(context: Context, dispatch: Dispatch): Record<SettlingStep, StepHandler> {
  const { calls } = context;
  const send =
    (kind: string, call: (occasion: Occasion) => Call): StepHandler =>
    async (occasion) =>
      (await dispatch(kind, occasion, () => call(occasion))).again;
  return {
    timeout: send("timeout", ({ state }) => calls.timeout(state.job)),
    silence: send("silence", ({ state, now }) => {
      const silent = unanswered(state.dispute!).find(({ revealBy }) => now > revealBy)!;
      return calls.silence(state.job, silent.item);
    }),
    resolve: send("resolve", ({ state }) => calls.resolve(state.job)),
    finalize: send("finalize", ({ state }) => calls.finalize(state.job, state.output ?? new Uint8Array())),
    refund: send("refund", ({ state }) => calls.refund(state.job)),
    reclaim: send("reclaim", ({ state }) => calls.reclaim(state.job)),
    collect: send("collect", ({ state }) => calls.collect(state.job)),
  };
}
