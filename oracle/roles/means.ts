import { BondLedger } from "../../core/jobs/bondLedger.ts";
import { decodeJobEvent } from "../../core/jobs/events.ts";
import { parseJobId } from "../../core/jobs/job.ts";
import { foldJob, type JobState } from "../../core/jobs/state.ts";
import type { Hex } from "../ports.ts";
import type { Context, Occasion } from "./context.ts";
import { Recent } from "./recent.ts";

/** Jobs whose bond is remembered; of another one it is read in the store. */
const REMEMBERED = 4_096;
/** For so long a look counts, as far as it found enough. */
const KEEP_MS = 5_000;

/** What an operator can pay gas with, and what that costs at this moment. */
export interface Purchasing {
  readonly native: bigint;
  readonly gasPrice: bigint;
}

/** What an operator has to serve with: free bond and native coin. Jobs side by side are promised from one bond. */
export interface Means {
  /** Sets the job's bond aside while the work lasts and for the claim that it plans; false, without it, where it is short. */
  holding(occasion: Occasion, work: () => Promise<void>): Promise<boolean>;
  /** Native coin and its price, looked at anew where it does not cover so much gas. */
  purchasing(occasion: Occasion, gas: bigint): Promise<Purchasing>;
}

/** Bond that a claim of this operator locks: none where it has reserved the job, which locked it. */
export const bondOfClaim = ({ status, claim, terms }: JobState, operator: Hex): bigint =>
  status === "Accepted" && claim.operator === operator ? 0n : terms.bond;

export function createMeans({ address, store, reader, clock }: Pick<Context, "address" | "store" | "reader" | "clock">): Means {
  const ledger = new BondLedger();
  const bonds = new Recent<string, bigint>(REMEMBERED);
  let looked: { readonly at: string; readonly time: number; readonly purchasing: Purchasing } | undefined;
  /** Something left the hand since, so that another look may find more. */
  let stale = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function bondOf(job: string): Promise<bigint> {
    const known = bonds.get(job);
    if (known !== undefined) return known;
    const events = (await store.jobEvents(job)).map(({ event }) => decodeJobEvent(event));
    const state = foldJob(parseJobId(job), events);
    if (state === undefined) return 0n;
    const bond = bondOfClaim(state, address);
    bonds.set(job, bond);
    return bond;
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
    looked = { at, time: clock.now(), purchasing: { native, gasPrice } };
    return looked.purchasing;
  }

  /**
   * Looks where the last look is old, and where it does not suffice and there may be more to see: in another block, or when
   * `mayHaveMore` says so. What is promised meanwhile is known without looking.
   */
  async function upToDate(
    { now, block }: Occasion,
    suffices: (found: Purchasing) => boolean,
    mayHaveMore: () => boolean,
  ): Promise<{ ok: boolean; found: Purchasing }> {
    const at = `${now} ${block}`;
    let found = looked !== undefined && clock.now() - looked.time < KEEP_MS ? looked.purchasing : await look(at);
    if (suffices(found)) return { ok: true, found };
    if (looked!.at === at && !mayHaveMore()) return { ok: false, found };
    found = await look(at);
    return { ok: suffices(found), found };
  }

  /** INVARIANT: one after the other, so that no two see the same bond. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  }

  return {
    purchasing: (occasion, gas) =>
      inTurn(async () => {
        const isEnough = ({ native, gasPrice }: Purchasing) => native >= gas * gasPrice;
        return (await upToDate(occasion, isEnough, () => false)).found;
      }),
    async holding(occasion, work) {
      const bond = bondOfClaim(occasion.state, address);
      const { ok } = await inTurn(() => upToDate(occasion, () => ledger.hold(occasion.id, bond), () => stale));
      if (!ok) return false;
      bonds.set(occasion.id, bond);
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
