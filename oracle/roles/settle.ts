import type { Step } from "../core/jobs/lifecycle.ts";
import type { Call } from "../ports.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import type { Dispatch } from "./transactions.ts";

export type SettlingStep = Extract<Step, "timeout" | "resolve" | "finalize" | "refund" | "reclaim" | "collect">;

/** The steps that are one transaction and nothing else. */
export function createSettler(context: Context, dispatch: Dispatch): Record<SettlingStep, StepHandler> {
  const { calls } = context;
  const send =
    (kind: string, call: (occasion: Occasion) => Call): StepHandler =>
    async (occasion) =>
      (await dispatch(kind, occasion, () => call(occasion))).again;
  return {
    timeout: send("timeout", ({ state }) => calls.timeout(state.job)),
    resolve: send("resolve", ({ state }) => calls.resolve(state.job)),
    finalize: send("finalize", ({ state }) => calls.finalize(state.job, state.output ?? new Uint8Array())),
    refund: send("refund", ({ state }) => calls.refund(state.job)),
    reclaim: send("reclaim", ({ state }) => calls.reclaim(state.job.id)),
    collect: send("collect", ({ state }) => calls.collect(state.job.id)),
  };
}
