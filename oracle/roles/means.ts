import { BondLedger } from "../core/jobs/bondLedger.ts";
import { decodeJobEvent } from "../core/jobs/events.ts";
import { parseJobId } from "../core/jobs/job.ts";
import { foldJob, type JobState } from "../core/jobs/state.ts";
import type { Hex } from "../ports.ts";
import type { Context, Occasion } from "./context.ts";

/** Jobs whose bond is remembered; of another one it is read in the store. */
const REMEMBERED = 4_096;

/** What an operator can pay gas with, and what that costs at this moment. */
export interface Purchasing {
  readonly native: bigint;
  readonly gasPrice: bigint;
}

/** What an operator has to serve with: free bond and native coin. Jobs side by side are promised from one bond. */
export interface Means {
  /** Sets the job's bond aside while the work lasts and for the claim that it plans; false, without it, where it is short. */
  holding(occasion: Occasion, work: () => Promise<void>): Promise<boolean>;
  purchasing(occasion: Occasion): Promise<Purchasing>;
}

/** Bond that a claim of this operator locks: none where it has reserved the job, which locked it. */
export const bondOfClaim = ({ status, claim, terms }: JobState, operator: Hex): bigint =>
  status === "Accepted" && claim.operator === operator ? 0n : terms.bond;

export function createMeans({ address, store, reader }: Pick<Context, "address" | "store" | "reader">): Means {
  const ledger = new BondLedger();
  const bonds = new Map<string, bigint>();
  let looked: { readonly at: string; readonly purchasing: Purchasing } | undefined;
  /** Something left the hand since, so that another look may find more. */
  let stale = false;
  let turn: Promise<unknown> = Promise.resolve();

  function remember(job: string, bond: bigint): bigint {
    bonds.delete(job);
    bonds.set(job, bond);
    if (bonds.size > REMEMBERED) bonds.delete(bonds.keys().next().value!);
    return bond;
  }

  async function bondOf(job: string): Promise<bigint> {
    const known = bonds.get(job);
    if (known !== undefined) return known;
    const events = (await store.jobEvents(job)).map(({ event }) => decodeJobEvent(event));
    const state = foldJob(parseJobId(job), events);
    return state === undefined ? 0n : remember(job, bondOfClaim(state, address));
  }

  async function look(at: string): Promise<Purchasing> {
    stale = false;
    const settled = ledger.left();
    // INVARIANT: in this order. A claim that is mined between two of these is counted twice and not never.
    const mined = await reader.transactionCount(address);
    const claimed = new Map<string, bigint>();
    for (const { job, nonce } of await store.outbox.underway("submit")) {
      if (job !== null && (nonce === null || nonce >= mined)) claimed.set(job, await bondOf(job));
    }
    const { free } = await reader.bond(address);
    const [native, gasPrice] = await Promise.all([reader.nativeBalance(address), reader.gasPrice()]);
    ledger.update(free, claimed, settled);
    looked = { at, purchasing: { native, gasPrice } };
    return looked.purchasing;
  }

  /** Once for every block, at first use. */
  async function upToDate({ now, block }: Occasion): Promise<Purchasing> {
    const at = `${now} ${block}`;
    return looked?.at === at ? looked.purchasing : look(at);
  }

  async function take(occasion: Occasion): Promise<boolean> {
    const bond = bondOfClaim(occasion.state, address);
    await upToDate(occasion);
    if (ledger.hold(occasion.id, bond)) return true;
    if (!stale) return false;
    await look(looked!.at);
    return ledger.hold(occasion.id, bond);
  }

  /** INVARIANT: one after the other, so that no two see the same bond. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  }

  return {
    purchasing: (occasion) => inTurn(() => upToDate(occasion)),
    async holding(occasion, work) {
      if (!(await inTurn(() => take(occasion)))) return false;
      remember(occasion.id, bondOfClaim(occasion.state, address));
      try {
        await work();
      } finally {
        ledger.leave(occasion.id);
        stale = true;
      }
      return true;
    },
  };
}
