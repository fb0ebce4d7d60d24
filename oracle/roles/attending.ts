import { isTransient, messageOf } from "../../core/errors.ts";
import { isStatement } from "../../core/faults.ts";
import { decodeJobEvent } from "../../core/jobs/events.ts";
import { parseJobId } from "../../core/jobs/job.ts";
import { planJob, servesUntil, type Party, type Step } from "../../core/jobs/lifecycle.ts";
import { foldJob } from "../../core/jobs/state.ts";
import type { ChainHead } from "../ports.ts";
import type { Audit } from "./audit.ts";
import type { Backlog } from "./backlog.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";

/** Seconds until a step that failed is tried again. */
const RETRY_SOON = 5;
const RETRY_LATER = 30;

/** Steps against which a clock runs that may be short. */
const CLOCKED = new Set<Step>(["open", "reveal", "prosecute", "takeover"]);

export interface AttendingOptions {
  readonly party: Party;
  readonly confirmations: number;
  /** Hears what the events tell of every job. */
  readonly audit: Pick<Audit, "note">;
  /** Hears which steps are due, and when none is. */
  readonly backlog: Backlog;
}

/** Looks at one job: rebuilds it from its events, does what is due, and says when to look again. `lastBlock` is that of its last event. */
export type Attend = (id: string, lastBlock: number, head: ChainHead) => Promise<void>;

export function createAttending(context: Context, handlers: Record<Step, StepHandler>, options: AttendingOptions): Attend {
  const { store, shelf, clock, telemetry } = context;
  const { party, confirmations, audit, backlog } = options;

  /** Does a step; when to look at the job again, if that is not left to an event. */
  async function perform(step: Step, occasion: Occasion): Promise<number | undefined> {
    try {
      return await handlers[step](occasion);
    } catch (error) {
      telemetry.emit("job.failed", { job: occasion.id, step, error: messageOf(error) });
      // Rationale: a job that cannot be served or judged is left to others; everything else protects money at stake.
      // INVARIANT: a fault in passing is never final: the step is tried again for as long as it is due.
      if ((step === "serve" || step === "judge") && isStatement(error)) return undefined;
      return occasion.now + (isTransient(error) || CLOCKED.has(step) ? RETRY_SOON : RETRY_LATER);
    }
  }

  return async (id, lastBlock, head) => {
    // From the head as it was before the events: a block that is read meanwhile is not counted among those whose events are known.
    const [now, block] = [head.next, head.number - confirmations];
    const stored = await store.jobEvents(id);
    const events = stored.map(({ event }) => event);
    const state = foldJob(parseJobId(id), events.map(decodeJobEvent));
    if (state === undefined) {
      backlog.done(id);
      return store.schedule(id, lastBlock, null, true);
    }
    const { steps, wakeAt, done } = planJob(state, party, now);
    backlog.due(id, clock.now(), steps.join());
    const again: number[] = [];
    for (const step of steps) {
      const time = await perform(step, { id, state, events, now, block });
      if (time !== undefined) again.push(time);
    }
    audit.note(state, { first: stored[0].block, last: lastBlock }, { done, waits: again.length > 0 });
    if (again.length === 0) backlog.done(id);
    // Nothing is left to do, but what was paid for is still there for whoever fetches it.
    const until = done ? servesUntil(state, party) : undefined;
    const isServing = until !== undefined && now < until;
    if (done && !isServing) await shelf.drop(id);
    const due = [wakeAt, ...again, isServing ? until : null].filter((time) => time !== null);
    await store.schedule(id, lastBlock, due.length === 0 ? null : Math.min(...due), done && !isServing);
  };
}
