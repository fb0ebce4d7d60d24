import { formatUnits } from "ethers";
import type { Events } from "../events.ts";
import type { JobEvent } from "./events.ts";
import type { Party } from "./lifecycle.ts";

/** An event of the daemon: its name with its fields. */
export type Tale = { readonly [N in keyof Events]: readonly [name: N, fields: Events[N]] }[keyof Events];

/**
 * The log lines of a job's event on chain. The daemon logs every dispute, because any party may take part in it; it logs only
 * its own results, fees and rewards.
 */
export function tell(job: string, event: JobEvent, party: Party): readonly Tale[] {
  const isMe = (address: string) => address === party.address;
  switch (event.type) {
    case "JobRequested":
    case "JobRequestedByRoots":
      return [["job.seen", { job, version: event.version }]];
    case "JobSubmitted":
    case "JobSubmittedByRoots":
      return isMe(event.operator) ? [["job.submitted", { job }]] : [];
    case "JobChallenged":
      return isMe(event.operator) ? [["job.challenged", { job }]] : [];
    case "JobFinalized":
      return isMe(event.operator) ? [["job.finalized", { job, delivered: event.delivered }]] : [];
    case "JobRefunded":
      return [["job.refunded", { job }]];
    case "JobConvicted":
      return isMe(event.operator) ? [["job.convicted", { job, slashed: formatUnits(event.slashed) }]] : [];
    case "Challenged":
      return [["dispute.challenged", { job, challenger: event.challenger }]];
    case "Opened":
      return [["dispute.opened", { job, operator: event.operator }]];
    case "Demanded":
      return [["dispute.demanded", { job, demander: event.demander, places: event.items.length }]];
    case "Revealed":
      return [["dispute.revealed", { job, places: event.items.length }]];
    case "Resolved":
      return [["dispute.resolved", { job, outcome: "upheld" }]];
    case "ConvictedByProof":
    case "ConvictedByDefault": {
      const by = event.type === "ConvictedByProof" ? "proof" : "default";
      const convicted: Tale = ["watch.convicted", { job, by, reward: formatUnits(event.reward) }];
      return [["dispute.resolved", { job, outcome: `convicted by ${by}` }], ...(isMe(event.challenger) ? [convicted] : [])];
    }
    case "RewardCollected":
      return isMe(event.beneficiary) ? [["watch.earned", { job, amount: formatUnits(event.amount) }]] : [];
    case "JobAccepted":
    case "JobUpheld":
    case "CallbackDelivered":
    case "JobCancelled":
    case "Advanced":
    case "RewardTakenOver":
    case "FeeReclaimed":
      return [];
  }
}
