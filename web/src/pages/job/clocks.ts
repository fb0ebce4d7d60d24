import type { JobState } from "../../../../core/jobs/state.ts";
import { unanswered } from "../../../../core/jobs/state.ts";

/** A time that a job runs towards. */
export interface Deadline {
  readonly name: string;
  /** Unix seconds. */
  readonly at: number;
  /** What may happen once it has passed. */
  readonly then: string;
}

/** The times that count for a job as it stands, the one that decides first. */
export function deadlinesOf({ status, claim, terms, dispute }: JobState): Deadline[] {
  switch (status) {
    case "Requested":
    case "Accepted":
      return [{ name: "To be served by", at: claim.deadline, then: "the fee can be refunded" }];
    case "Submitted":
      return [{ name: "Challengeable until", at: claim.time + terms.window, then: "the result can be made final" }];
    case "Challenged": {
      if (dispute === undefined) return [];
      const end = { name: "Dispute ends", at: dispute.deadline, then: "the result stands unless a wrong number was proved" };
      if (dispute.opened === undefined) return [{ name: "Trace to be opened by", at: dispute.openBy, then: "the operator is convicted by default" }, end];
      const due = unanswered(dispute).map(({ revealBy }) => revealBy);
      return due.length === 0 ? [end] : [{ name: "Demanded parts to be revealed by", at: Math.min(...due), then: "silence convicts the operator" }, end];
    }
    case "Convicted":
      if (dispute?.verdict === undefined || dispute.verdict.collected) return [];
      return [{ name: "Reward held until", at: dispute.verdict.collectableAt, then: "it can be collected" }];
    default:
      return [];
  }
}
