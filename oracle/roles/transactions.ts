import { id } from "ethers";
import { jobDigest } from "../core/jobs/job.ts";
import type { Call, OutboxEntry } from "../ports.ts";
import type { Context, Occasion } from "./context.ts";

/** Seconds until a refused transaction is tried anew; after the last, never again. */
const RETRY_AFTER = [15, 60, 300];

export interface Dispatched {
  readonly entry: OutboxEntry;
  /** When to look at the job again, should no event come; undefined when nothing more will be tried. */
  readonly again: number | undefined;
}

export type Dispatch = (kind: string, occasion: Occasion, call: () => Call | Promise<Call>) => Promise<Dispatched>;

/**
 * Plans a transaction of a job, once. One that was refused is tried again a few times, because what refused it may
 * pass; one that was mined and undone by a reorganisation is planned anew.
 */
export function createDispatch(context: Pick<Context, "store" | "telemetry">): Dispatch {
  const { outbox } = context.store;
  const refusals = new Map<string, { count: number; retryAt: number }>();

  return async (kind, occasion, call) => {
    const { now } = occasion;
    // The struct is part of the name: the same step about another claim or output is another transaction.
    const intent = `${kind}:${occasion.id}:${jobDigest(occasion.state.job).slice(2, 18)}`;
    let entry = await outbox.get(intent);
    if (entry === undefined) {
      context.telemetry.emit("tx.planned", { intent, kind });
      entry = await outbox.plan({ intent, kind, job: occasion.id, ...(await call()) });
    }
    // INVARIANT: the block of the receipt has been read and yet the step is due: a reorganisation undid it.
    if (entry.status === "confirmed" && entry.block !== null && entry.block <= occasion.block) {
      await outbox.replan(intent);
    }
    if (entry.status !== "refused") return { entry, again: now + 1 };

    const past = refusals.get(intent) ?? { count: 0, retryAt: now + RETRY_AFTER[0] };
    remember(refusals, intent, past);
    if (past.count >= RETRY_AFTER.length) return { entry, again: undefined };
    if (now < past.retryAt) return { entry, again: past.retryAt };
    const count = past.count + 1;
    refusals.set(intent, { count, retryAt: now + (RETRY_AFTER[count] ?? 0) });
    await outbox.replan(intent);
    return { entry, again: now + 1 };
  };
}

/** Names a transaction by what it is about, where a job needs several of a kind. */
export const shortDigest = (parts: readonly string[]): string => id(parts.join()).slice(2, 14);

/** Refusals remembered are bounded: the oldest is forgotten, which only means one more try. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  if (map.size > 10_000) map.delete(map.keys().next().value!);
}
