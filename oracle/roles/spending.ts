import { formatEther } from "ethers";
import { decodeJobEvent } from "../../core/jobs/events.ts";
import { parseJobId } from "../../core/jobs/job.ts";
import { foldJob } from "../../core/jobs/state.ts";
import type { Clock, Expense, OutboxEntry, PurseName, SpendingLimits, Store, Telemetry } from "../ports.ts";

/** Seconds until something is tried again that the limit of a day held back. */
export const HELD_RETRY = 60;
/** What was held back and is remembered. */
const REMEMBERED = 10_000;

/**
 * INVARIANT: no limit holds back what a bond hangs on, or what has been paid for. An operator that does not answer loses
 * its bond; a challenger that has found a wrong number and does not show it loses what it paid for the challenge.
 */
const NEVER_HELD = new Set(["open", "reveal", "commit", "advance", "convict", "takeover", "noop"]);

/** The names of the limits in the configuration. */
const NAMES: Readonly<Record<PurseName, Readonly<Record<"day" | "dispute", string>>>> = {
  disputes: { day: "spending.opgPerDay", dispute: "spending.opgPerDispute" },
  gas: { day: "spending.nativePerDay", dispute: "spending.nativePerDispute" },
  doubt: { day: "watcher.doubtBudget", dispute: "watcher.doubtBudget" },
  "hidden-input": { day: "watcher.hiddenInputBudget", dispute: "watcher.hiddenInputBudget" },
};

export const isLimited = ({ perDay, perDispute }: SpendingLimits): boolean => perDay !== undefined || perDispute !== undefined;

/** Sets amounts aside as far as the limits go. Those that a conviction brought back count no more. */
export function createBudget(store: Pick<Store, "spending" | "jobEvents">, purse: PurseName, limits: SpendingLimits) {
  const { spending } = store;

  async function isConvicted(job: string): Promise<boolean> {
    const events = (await store.jobEvents(job)).map(({ event }) => decodeJobEvent(event));
    return foldJob(parseJobId(job), events)?.status === "Convicted";
  }

  return {
    /** The limit that does not hold the amount; undefined where it is set aside. */
    async reserve(job: string, what: string, amount: bigint, at: number): Promise<"day" | "dispute" | undefined> {
      if (!isLimited(limits)) return undefined;
      const expense: Expense = { purse, job, what, amount, at };
      const short = await spending.reserve(expense, limits);
      if (short !== "day") return short;
      for (const other of await spending.jobsOfDay(purse, at)) if (await isConvicted(other)) await spending.returned(purse, other);
      return spending.reserve(expense, limits);
    },
    nameOf: (limit: "day" | "dispute"): string => NAMES[purse][limit],
  };
}

export type Budget = ReturnType<typeof createBudget>;

/** Limits the gas that is paid for (chain/sender.ts). */
export function createGasGuard(store: Pick<Store, "spending">, limits: SpendingLimits, clock: Clock, telemetry: Telemetry) {
  /** By intent: when it is asked about again, in milliseconds. */
  const held = new Map<string, number>();
  const jobOf = ({ job, intent }: OutboxEntry): string => job ?? intent;

  return {
    isHeld: ({ intent }: OutboxEntry): boolean => (held.get(intent) ?? 0) > clock.now(),
    async may(entry: OutboxEntry, cost: bigint): Promise<boolean> {
      const { intent, kind } = entry;
      const expense: Expense = { purse: "gas", job: jobOf(entry), what: intent, amount: cost, at: Math.floor(clock.now() / 1_000) };
      const limit = await store.spending.reserve(expense, NEVER_HELD.has(kind) ? {} : limits);
      if (limit === undefined) {
        held.delete(intent);
        return true;
      }
      if (!held.has(intent)) telemetry.emit("spending.held", { job: jobOf(entry), kind, limit: NAMES.gas[limit], amount: formatEther(cost) });
      held.set(intent, clock.now() + 1_000 * HELD_RETRY);
      if (held.size > REMEMBERED) held.delete(held.keys().next().value!);
      return false;
    },
    settled: (entry: OutboxEntry, cost: bigint): Promise<void> => store.spending.settle("gas", jobOf(entry), entry.intent, cost),
  };
}
