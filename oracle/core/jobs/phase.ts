import { unanswered, type JobState } from "./state.ts";

/** Where a dispute stands: not opened yet, opened, with demands that wait for an answer, or decided but not settled. */
export const DISPUTE_PHASES = ["challenged", "opened", "demanded", "upheld", "convicted"] as const;
export type DisputePhase = (typeof DISPUTE_PHASES)[number];

export function phaseOf({ status, dispute }: JobState): DisputePhase | undefined {
  if (status === "Upheld") return "upheld";
  if (status === "Convicted") return "convicted";
  if (status !== "Challenged" || dispute === undefined) return undefined;
  if (dispute.opened === undefined) return "challenged";
  return unanswered(dispute).length > 0 ? "demanded" : "opened";
}
