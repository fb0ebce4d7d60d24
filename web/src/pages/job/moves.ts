import { requesterOf } from "../../../../core/jobs/job.ts";
import { nextAction, type OpenAction } from "../../../../core/jobs/next.ts";
import type { JobState } from "../../../../core/jobs/state.ts";

export type MoveName = OpenAction | "cancel";

export interface Move {
  readonly name: MoveName;
  readonly label: string;
  /** What it does, in a sentence. */
  readonly does: string;
  /** The first second at which it may be made; 0 where it may at once. */
  readonly from: number;
  /** The only account that may make it, in lower case; undefined where anybody may. */
  readonly only?: string;
}

const WORDS: Readonly<Record<MoveName, readonly [label: string, does: string]>> = {
  refund: ["Refund", "gives the fee back to the requester, because nobody served the job in time"],
  finalize: ["Finalize", "makes the result final: operator and publisher are paid, the bond is free again, and the requester's contract is called"],
  timeout: ["Time out", "convicts the operator, which did not open its trace in time: its bond is slashed, and the requester has the fee back"],
  silence: ["Convict the silent", "convicts the operator, which left a demand unanswered: its bond is slashed, and the requester has the fee back"],
  resolve: ["Resolve", "ends the dispute for the operator, because no wrong number was proved: it gets what the challengers paid"],
  retryCallback: ["Retry the callback", "calls the requester's contract again, with all the gas of the transaction"],
  collect: ["Collect the reward", "credits the reward to those who convicted the operator, whoever sends it"],
  cancel: ["Cancel", "withdraws the request and returns the fee, as long as nobody has reserved or served it"],
};

const move = (name: MoveName, from: number, only?: string): Move => ({ name, label: WORDS[name][0], does: WORDS[name][1], from, ...(only !== undefined && { only }) });

/** Everything that can be done about a job as it stands, now or later. */
export function movesOf(state: JobState): Move[] {
  const next = nextAction(state);
  return [
    ...(next === undefined ? [] : [move(next.action, next.from)]),
    ...(state.status === "Requested" ? [move("cancel", 0, requesterOf(state.job.id))] : []),
    // Of an accepted job the claim's time is the end of the reservation.
    ...(state.status === "Accepted" ? [move("cancel", state.claim.time + 1, requesterOf(state.job.id))] : []),
  ];
}
