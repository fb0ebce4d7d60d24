import { id } from "ethers";
import { jobDigest } from "../../core/jobs/job.ts";
import type { Call, ChainReader, Outbox, OutboxEntry } from "../ports.ts";
import type { Context, Occasion } from "./context.ts";
import { Recent } from "./recent.ts";

/** Refusals remembered: of one that was forgotten there is one more try. */
const REMEMBERED = 10_000;
/** Seconds until a refused transaction is tried anew; after the last, never again. */
const RETRY_AFTER = [15, 60, 300];
/** The same where a clock runs: the last one over and over, for as long as the step is due. */
const RETRY_URGENT = [2, 5, 10];

/**
 * Seconds until a job is looked at again whose transaction is on its way, should no event come. A refusal wakes the job by
 * itself. Rationale: of all that wait for blocks, each look costs as much as serving one more.
 */
const LOOK_AGAIN = { routine: 8, urgent: 1 };

/** Transactions that lose nothing by coming later. With all others somebody's clock runs out on a bond or a reward. */
const ROUTINE = new Set(["submit", "finalize", "refund", "reclaim", "collect", "resolve", "timeout", "silence"]);

/** These stay good when a reorganisation gives the job another claim; their part says all that they are about. */
const WITHOUT_STRUCT = new Set(["approve", "deposit", "commit"]);

export interface Dispatched {
  readonly entry: OutboxEntry;
  /** When to look at the job again, should no event come; undefined when nothing more will be tried. */
  readonly again: number | undefined;
}

/** `part` tells apart transactions of one kind about one job. */
export type Dispatch = (kind: string, occasion: Occasion, call: () => Call | Promise<Call>, part?: string) => Promise<Dispatched>;

/** The struct is part of the name: the same step about another claim or output is another transaction. */
export function intentOf(kind: string, { id, state }: Occasion, part?: string): string {
  const about = WITHOUT_STRUCT.has(kind) ? "" : `:${jobDigest(state.job).slice(2, 18)}`;
  return `${part === undefined ? kind : `${kind}-${part}`}:${id}${about}`;
}

/**
 * Plans a transaction of a job, once. One that was refused is tried again, because what refused it may pass; one that
 * was undone by a reorganisation goes out again as it was.
 */
export function createDispatch(context: Pick<Context, "store" | "reader" | "telemetry">): Dispatch {
  const { outbox } = context.store;
  const refusals = new Recent<string, { count: number; retryAt: number }>(REMEMBERED);
  /** Intents for which the chain was read again, because they stand in it and their events were not known. */
  const reread = new Set<string>();

  return async (kind, occasion, call, part) => {
    const { now } = occasion;
    const urgent = !ROUTINE.has(kind);
    const again = now + (urgent ? LOOK_AGAIN.urgent : LOOK_AGAIN.routine);
    const intent = intentOf(kind, occasion, part);
    let entry = await outbox.get(intent);
    if (entry === undefined) {
      context.telemetry.emit("tx.planned", { intent, kind });
      entry = await outbox.plan({ intent, kind, job: occasion.id, urgent, ...(await call()) });
    }
    // The block of the receipt has been read and yet the step is due.
    if (entry.status === "confirmed" && entry.block !== null && entry.block <= occasion.block) {
      const stands = entry.hash !== null && (await context.reader.minedIn(entry.hash)) !== undefined;
      // INVARIANT: what a reorganisation undid keeps its nonce, so that it is mined once, whoever sends it again. What
      // stands did its work: either it is due a second time, as a deposit that was spent meanwhile, or its event was missed.
      if (!stands) await outbox.reopen(intent);
      else if (WITHOUT_STRUCT.has(kind) || reread.has(intent)) await outbox.replan(intent);
      else {
        reread.add(intent);
        context.telemetry.emit("chain.missed", { job: occasion.id, from: entry.block - 1 });
        await context.store.rewind(entry.block - 1);
        return { entry, again: now + 1 };
      }
    }
    if (entry.status !== "refused") return { entry, again };

    const delays = urgent ? RETRY_URGENT : RETRY_AFTER;
    const past = refusals.get(intent) ?? { count: 0, retryAt: now + delays[0] };
    refusals.set(intent, past);
    if (past.count >= delays.length) return { entry, again: undefined };
    if (now < past.retryAt) return { entry, again: past.retryAt };
    const count = urgent ? Math.min(past.count + 1, delays.length - 1) : past.count + 1;
    refusals.set(intent, { count, retryAt: now + (delays[count] ?? 0) });
    await outbox.replan(intent);
    return { entry, again };
  };
}

/** Whether a transaction is still to be mined, or to be seen in what the reader answers. */
export async function isUnderway(
  outbox: Pick<Outbox, "get">,
  reader: Pick<ChainReader, "minedIn" | "asOf">,
  intent: string,
): Promise<boolean> {
  const entry = await outbox.get(intent);
  if (entry?.status === "planned") return true;
  if (entry?.status !== "sent") return false;
  const mined = await Promise.all(entry.attempts.map(({ hash }) => reader.minedIn(hash)));
  return mined.every((block) => block === undefined || (reader.asOf !== undefined && block > reader.asOf));
}

/** Names a transaction by what it is about, where a job needs several of a kind. */
export const shortDigest = (parts: readonly string[]): string => id(parts.join()).slice(2, 14);
