import type { Hex } from "../hex.ts";
import { unanswered, type JobState } from "./state.ts";

/** The phase of a dispute: not opened yet, opened, with demands that wait for an answer, or decided but not settled. */
export const DISPUTE_PHASES = ["challenged", "opened", "demanded", "upheld", "convicted"] as const;
export type DisputePhase = (typeof DISPUTE_PHASES)[number];

export function phaseOf({ status, dispute }: JobState): DisputePhase | undefined {
  if (status === "Upheld") return "upheld";
  if (status === "Convicted") return "convicted";
  if (status !== "Challenged" || dispute === undefined) return undefined;
  if (dispute.opened === undefined) return "challenged";
  return unanswered(dispute).length > 0 ? "demanded" : "opened";
}

/** An answer that an operator owes in a dispute: its trace, or demanded parts of it. */
export const ANSWERS = ["open", "reveal"] as const;
export type Answer = (typeof ANSWERS)[number];

/** The answer that `operator` owes in this job, and its deadline; of several demands the first counts. */
export function answerDue(state: JobState, operator: Hex): { readonly answer: Answer; readonly by: number } | undefined {
  const { dispute, claim } = state;
  const phase = phaseOf(state);
  if (dispute === undefined || claim.operator !== operator) return undefined;
  if (phase === "challenged") return { answer: "open", by: dispute.openBy };
  if (phase === "demanded") return { answer: "reveal", by: Math.min(...unanswered(dispute).map(({ revealBy }) => revealBy)) };
  return undefined;
}
