import type { Context, Occasion } from "./context.ts";
import { Recent } from "./recent.ts";

/** Seconds until something is asked for again that was not to be had; the last one over and over. */
const ASK_AGAIN = [5, 10, 20, 40, 60];
/** It is asked for this often at least in what is left of a window. */
const LEAST_TRIES = 8;
/** Jobs of which it is remembered how often they were tried. */
const REMEMBERED = 10_000;

/** Seconds until others are looked at again who may bring what is missing. */
export const LOOK_AGAIN = ASK_AGAIN[0];

/** When a job is judged again of which something was not to be had. */
export interface AskingAgain {
  /** It was not to be had, for this reason. */
  after(occasion: Occasion, reason: string): number;
  /** All that the job needs was to be had. */
  had(job: string): void;
}

export function createAskingAgain({ telemetry }: Pick<Context, "telemetry">): AskingAgain {
  /** By job: how often something that it needs was not to be had. */
  const tries = new Recent<string, number>(REMEMBERED);
  return {
    /** INVARIANT: nothing but a judgement is final while the window is open: who serves nothing now may serve it later. */
    after({ id, state, now }, reason) {
      const count = tries.get(id) ?? 0;
      tries.set(id, count + 1);
      const left = state.claim.time + state.terms.window - now;
      const seconds = Math.max(1, Math.min(ASK_AGAIN[Math.min(count, ASK_AGAIN.length - 1)], Math.floor(left / LEAST_TRIES)));
      telemetry.emit("watch.waiting", { job: id, for: reason, seconds });
      return now + seconds;
    },
    had: (job) => void tries.delete(job),
  };
}
