import type { IndexedEvent, JobDetail } from "../../../../core/history/types.ts";
import type { JobState } from "../../../../core/jobs/state.ts";
import type { History } from "../../../../sdk/history/history.ts";
import { readJob, stateOf } from "../job/record.ts";

/** A job and its dispute, as the chain's events tell them. */
export interface DisputeRecord {
  readonly job: JobDetail;
  readonly state: JobState;
  readonly events: readonly IndexedEvent[];
  /** Transactions of the proof that went through: of the pieces of a long element, in their order, and of the conviction. */
  readonly proving: { readonly pieces: readonly string[]; readonly conclusion: string } | undefined;
}

/** Events whose fields are needed whole: what was shown of the trace. */
const SHOWING = ["Opened", "Revealed"];

export async function readDispute(history: History, id: string): Promise<DisputeRecord | undefined> {
  const record = await readJob(history, id);
  if (record === undefined) return undefined;
  const events = await Promise.all(
    record.events.map(async (event) => (SHOWING.includes(event.name) && event.omitted.length > 0 ? ((await history.event(event.sequence)) ?? event) : event)),
  );
  const state = stateOf(record.job, events);
  return state && { job: record.job, state, events, proving: provingOf(events) };
}

/** The first conviction by a proof, and the pieces by which its sender came to it. */
export function provingOf(events: readonly IndexedEvent[]): DisputeRecord["proving"] {
  const at = events.findIndex(({ name }) => name === "ConvictedByProof");
  if (at < 0) return undefined;
  const { fields, transaction } = events[at];
  let pieces: string[] = [];
  let reached = 0;
  for (const event of events.slice(0, at)) {
    if (event.name !== "Advanced" || event.fields.challenger !== fields.challenger || event.transaction === null) continue;
    const until = Number(event.fields.until);
    // Whoever computes may begin anew, with nothing carried.
    pieces = until > reached ? [...pieces, event.transaction] : [event.transaction];
    reached = until;
  }
  return transaction === null ? undefined : { pieces, conclusion: transaction };
}
