import { showTime } from "../words.ts";
import { unanswered } from "./state.ts";
import type { Dispute, JobState } from "./state.ts";

/** Why a job stands where it stands, in a clause. @param now in seconds of the chain's clock */
export function reasonOf({ status, claim, terms, dispute }: JobState, now: number): string {
  const until = (time: number) => (time > now ? `in ${time - now} s` : "now");
  switch (status) {
    case "Requested":
      if (now > claim.deadline) return "nobody served it by its deadline; anyone may refund it";
      return claim.named ? `waits for ${claim.operator}` : `waits for an operator, deadline ${until(claim.deadline)}`;
    case "Accepted":
      if (now > claim.deadline) return "it was reserved but not served by its deadline; anyone may refund it";
      return `reserved by ${claim.operator}, deadline ${until(claim.deadline)}`;
    case "Submitted":
      return now >= claim.time + terms.window
        ? "its window is over; anyone may finalize it"
        : `may be challenged; final ${until(claim.time + terms.window)}`;
    case "Challenged":
      if (dispute?.opened !== undefined) return reasonOfOpened(dispute, now);
      return now > (dispute?.openBy ?? 0)
        ? "the operator did not open in time; anyone may time it out"
        : `the operator must open by ${showTime(dispute?.openBy ?? 0)}`;
    case "Upheld":
      return "no proof against it by the deadline; anyone may finalize it";
    case "Final":
      return "settled";
    case "FinalUndelivered":
      return "settled, but the requester's callback failed; anyone may retry it";
    case "Cancelled":
      return "withdrawn by its requester, fee returned";
    case "Refunded":
      return "not served in time, fee returned";
    case "Convicted":
      return dispute?.verdict?.by === "default"
        ? `the operator ${dispute.opened === undefined ? "did not open" : "did not answer a demand"} in time and was slashed, fee returned`
        : "a wrong number was proved, the operator was slashed, fee returned";
    case "None":
      return "no such job";
  }
}

function reasonOfOpened(dispute: Dispute, now: number): string {
  const waiting = unanswered(dispute);
  if (waiting.length === 0) return `opened; a wrong number convicts until ${showTime(dispute.deadline)}`;
  const due = Math.min(...waiting.map(({ revealBy }) => revealBy));
  return now > due
    ? "the operator left a demand unanswered; anyone may convict it"
    : `opened; ${waiting.length} demanded parts must be revealed by ${showTime(due)}`;
}
