import { unanswered } from "./state.ts";
import type { JobState } from "./state.ts";

/** A step that moves a job on and that anyone may take. */
export type OpenAction = "refund" | "finalize" | "timeout" | "silence" | "resolve" | "retryCallback" | "collect";

/** The step that is next, and when. */
export interface NextAction {
  readonly action: OpenAction;
  /** The first second of a block that may hold it; 0 where any may. */
  readonly from: number;
}

/**
 * What anyone may do next if nobody else moves the job on before. Undefined if nothing is left to do, or if the state is not
 * known well enough to say.
 */
export function nextAction({ status, claim, terms, dispute }: JobState): NextAction | undefined {
  switch (status) {
    case "Requested":
    case "Accepted":
      return { action: "refund", from: claim.deadline + 1 };
    case "Submitted":
      return { action: "finalize", from: claim.time + terms.window };
    case "Challenged": {
      if (dispute === undefined) return undefined;
      if (dispute.opened === undefined) return { action: "timeout", from: dispute.openBy + 1 };
      const waiting = unanswered(dispute).map(({ revealBy }) => revealBy);
      return waiting.length > 0 ? { action: "silence", from: Math.min(...waiting) + 1 } : { action: "resolve", from: dispute.deadline + 1 };
    }
    case "Upheld":
      return { action: "finalize", from: 0 };
    case "FinalUndelivered":
      return { action: "retryCallback", from: 0 };
    case "Convicted":
      return dispute?.verdict === undefined || dispute.verdict.collected ? undefined : { action: "collect", from: dispute.verdict.collectableAt };
    case "None":
    case "Final":
    case "Cancelled":
    case "Refunded":
      return undefined;
  }
}
