import { formatUnits } from "ethers";
import type { Call, SpendingLimits } from "../ports.ts";
import type { Context, Occasion } from "./context.ts";
import { createFunding } from "./funding.ts";
import { createBudget, HELD_RETRY, type Budget } from "./spending.ts";
import { intentOf, isUnderway, type Dispatch } from "./transactions.ts";

/** Jobs of which it is remembered that something was held back. */
const REMEMBERED = 10_000;

/** The watcher's money in the game's ledger. Disputes side by side are paid from one balance. */
export interface Purse {
  /** Plans a transaction that takes `amount` from the ledger, as soon as that is there. Returns when to look again. */
  spend(kind: string, occasion: Occasion, amount: bigint, call: () => Call, part?: string): Promise<number | undefined>;
}

type PurseContext = Pick<Context, "address" | "store" | "reader" | "calls" | "telemetry">;

export function createPurse(context: PurseContext, dispatch: Dispatch, limits: SpendingLimits = {}): Purse {
  const { address, reader } = context;
  const { outbox } = context.store;
  const budget = createBudget(context.store, "disputes", limits);
  const hold = createHolding(context, budget);
  const promises = createPromises(context);
  const funding = createFunding(context, dispatch);
  let turn: Promise<unknown> = Promise.resolve();

  async function attempt(...[kind, occasion, amount, call, part]: Parameters<Purse["spend"]>): Promise<number | undefined> {
    const { id, now } = occasion;
    const known = await outbox.get(intentOf(kind, occasion, part));
    // What was planned before is promised already, or has been paid.
    if (known === undefined || known.status === "refused") {
      const limit = await budget.reserve(id, part === undefined ? kind : `${kind}-${part}`, amount, now);
      if (limit !== undefined) return hold(occasion, kind, amount, limit);
      const others = await promises.toOthers(id);
      const missing = amount + others - (await reader.ledgerBalance(reader.deployment.game, address));
      if (missing > 0n) return funding.wait(occasion, amount, missing);
    }
    funding.done(id);
    const { entry, again } = await dispatch(kind, occasion, call, part);
    promises.make(id, entry.intent, amount);
    return again;
  }

  return {
    spend(...wanted) {
      // INVARIANT: one after the other, so that no two see the same OPG.
      const next = turn.then(() => attempt(...wanted));
      turn = next.catch(() => undefined);
      return next;
    },
  };
}

/** What was planned and may not have left the ledger yet. */
function createPromises({ store, reader }: PurseContext) {
  const byJob = new Map<string, { readonly intent: string; readonly amount: bigint }>();
  return {
    make: (job: string, intent: string, amount: bigint) => void byJob.set(job, { intent, amount }),
    /** What others than this job will take from the ledger. */
    async toOthers(id: string): Promise<bigint> {
      let sum = 0n;
      for (const [job, { intent, amount }] of byJob) {
        if (!(await isUnderway(store.outbox, reader, intent))) byJob.delete(job);
        else if (job !== id) sum += amount;
      }
      return sum;
    },
  };
}

/** Tells, once, what a limit holds back. */
function createHolding({ telemetry }: PurseContext, budget: Budget) {
  const told = new Set<string>();
  /** When to look again: another day may have room, another moment of the same dispute has not. */
  return ({ id, now }: Occasion, kind: string, amount: bigint, limit: "day" | "dispute"): number | undefined => {
    const what = `${id} ${kind}`;
    if (!told.has(what)) telemetry.emit("spending.held", { job: id, kind, limit: budget.nameOf(limit), amount: formatUnits(amount) });
    told.add(what);
    if (told.size > REMEMBERED) told.delete(told.values().next().value!);
    return limit === "day" ? now + HELD_RETRY : undefined;
  };
}
