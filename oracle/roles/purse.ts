import { formatUnits } from "ethers";
import type { Call, SpendingLimits } from "../ports.ts";
import type { Context, Occasion } from "./context.ts";
import { createBudget, HELD_RETRY } from "./spending.ts";
import { intentOf, type Dispatch } from "./transactions.ts";

/** Seconds until the wallet is looked at again that had too little in it. */
const UNFUNDED_RETRY = 15;
/** Seconds after which a job that waits for money, and did not ask again, counts no more. */
const FORGOTTEN = 2 * UNFUNDED_RETRY;

/** Jobs of which it is remembered that something was held back. */
const REMEMBERED = 10_000;

/** The watcher's money in the game's ledger. Disputes side by side are paid from one balance. */
export interface Purse {
  /** Plans a transaction that takes `amount` from the ledger, as soon as that is there. Returns when to look again. */
  spend(kind: string, occasion: Occasion, amount: bigint, call: () => Call, part?: string): Promise<number | undefined>;
}

export function createPurse(
  context: Pick<Context, "address" | "store" | "reader" | "calls" | "telemetry">,
  dispatch: Dispatch,
  limits: SpendingLimits = {},
): Purse {
  const { address, reader, calls, telemetry } = context;
  const { outbox } = context.store;
  const { game } = reader.deployment;
  /** By job: what was planned and may not have left the ledger yet. */
  const promised = new Map<string, { readonly intent: string; readonly amount: bigint }>();
  /** By job: what waits for a deposit, and since when. */
  const waiting = new Map<string, { readonly amount: bigint; readonly since: number }>();
  /** The approval or deposit on its way. */
  let topUp: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const budget = createBudget(context.store, "disputes", limits);
  /** What was held back, and is told once. */
  const held = new Set<string>();

  /** Whether a transaction is still to be mined, or to be seen in the balances that are read. */
  async function isUnderway(intent: string): Promise<boolean> {
    const entry = await outbox.get(intent);
    if (entry?.status === "planned") return true;
    if (entry?.status !== "sent") return false;
    const mined = await Promise.all(entry.attempts.map(({ hash }) => reader.minedIn(hash)));
    return mined.every((block) => block === undefined || (reader.asOf !== undefined && block > reader.asOf));
  }

  /** What others than this job will take from the ledger. */
  async function promisedToOthers(id: string): Promise<bigint> {
    let sum = 0n;
    for (const [job, { intent, amount }] of promised) {
      if (!(await isUnderway(intent))) promised.delete(job);
      else if (job !== id) sum += amount;
    }
    return sum;
  }

  /** Brings what is missing into the ledger: for this job at least, for all that wait if the wallet has it. */
  async function fund(occasion: Occasion, own: bigint): Promise<number> {
    const { now } = occasion;
    // One at a time: an approval stands for one deposit, and the next deposit is for all that waited meanwhile.
    if (topUp !== undefined && (await isUnderway(topUp))) return now + 1;
    const wallet = await reader.tokenBalance(address);
    if (wallet < own) {
      telemetry.emit("watch.unfunded", { job: occasion.id, missing: formatUnits(own - wallet) });
      return now + UNFUNDED_RETRY;
    }
    let all = own;
    for (const [job, { amount, since }] of waiting) {
      if (now - since > FORGOTTEN) waiting.delete(job);
      else if (job !== occasion.id) all += amount;
    }
    const wanted = all <= wallet ? all : own;
    const allowance = await reader.allowance(address, game);
    const { entry } =
      allowance < own
        ? await dispatch("approve", occasion, () => calls.approve(game, wanted), String(wanted))
        : await deposit(occasion, wanted < allowance ? wanted : allowance);
    topUp = entry.intent;
    return now + 1;
  }

  const deposit = (occasion: Occasion, amount: bigint) =>
    dispatch("deposit", occasion, () => calls.deposit(game, address, amount), String(amount));

  async function attempt(...[kind, occasion, amount, call, part]: Parameters<Purse["spend"]>): Promise<number | undefined> {
    const { id, now } = occasion;
    const known = await outbox.get(intentOf(kind, occasion, part));
    // What was planned before is promised already, or has been paid.
    if (known === undefined || known.status === "refused") {
      const limit = await budget.reserve(id, part === undefined ? kind : `${kind}-${part}`, amount, now);
      if (limit !== undefined) return hold(occasion, kind, amount, limit);
      const others = await promisedToOthers(id);
      const missing = amount + others - (await reader.ledgerBalance(game, address));
      if (missing > 0n) {
        waiting.set(id, { amount, since: now });
        return fund(occasion, missing);
      }
    }
    waiting.delete(id);
    const { entry, again } = await dispatch(kind, occasion, call, part);
    promised.set(id, { intent: entry.intent, amount });
    return again;
  }

  /** When to look again: another day may have room, another moment of the same dispute has not. */
  function hold({ id, now }: Occasion, kind: string, amount: bigint, limit: "day" | "dispute"): number | undefined {
    if (!held.has(`${id} ${kind}`)) telemetry.emit("spending.held", { job: id, kind, limit: budget.nameOf(limit), amount: formatUnits(amount) });
    held.add(`${id} ${kind}`);
    if (held.size > REMEMBERED) held.delete(held.values().next().value!);
    return limit === "day" ? now + HELD_RETRY : undefined;
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
