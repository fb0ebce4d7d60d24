import { formatUnits } from "ethers";
import type { Context, Occasion } from "./context.ts";
import { isUnderway, type Dispatch } from "./transactions.ts";

/** Seconds until the wallet is looked at again that had too little in it. */
const UNFUNDED_RETRY = 15;
/** Seconds after which a job that waits for money, and did not ask again, counts no more. */
const FORGOTTEN = 2 * UNFUNDED_RETRY;

/** Brings OPG from the wallet into the game's ledger. */
export interface Funding {
  /** Brings in `missing` for a job that cannot pay `amount` yet. Returns when to look again. */
  wait(occasion: Occasion, amount: bigint, missing: bigint): Promise<number>;
  /** The job waits no more. */
  done(job: string): void;
}

export function createFunding(
  { address, store, reader, calls, telemetry }: Pick<Context, "address" | "store" | "reader" | "calls" | "telemetry">,
  dispatch: Dispatch,
): Funding {
  const { game } = reader.deployment;
  /** By job: what waits for a deposit, and since when. */
  const waiting = new Map<string, { readonly amount: bigint; readonly since: number }>();
  /** The approval or deposit on its way. */
  let topUp: string | undefined;

  /** What all that wait would take: `own` for this job. */
  function wantedByAll({ id, now }: Occasion, own: bigint): bigint {
    let all = own;
    for (const [job, { amount, since }] of waiting) {
      if (now - since > FORGOTTEN) waiting.delete(job);
      else if (job !== id) all += amount;
    }
    return all;
  }

  /** For this job at least, for all that wait if the wallet has it. */
  async function bringIn(occasion: Occasion, own: bigint, wallet: bigint): Promise<string> {
    const all = wantedByAll(occasion, own);
    const wanted = all <= wallet ? all : own;
    const allowance = await reader.allowance(address, game);
    const deposited = wanted < allowance ? wanted : allowance;
    const { entry } =
      allowance < own
        ? await dispatch("approve", occasion, () => calls.approve(game, wanted), String(wanted))
        : await dispatch("deposit", occasion, () => calls.deposit(game, address, deposited), String(deposited));
    return entry.intent;
  }

  return {
    async wait(occasion, amount, missing) {
      const { id, now } = occasion;
      waiting.set(id, { amount, since: now });
      // One at a time: an approval stands for one deposit, and the next deposit is for all that waited meanwhile.
      if (topUp !== undefined && (await isUnderway(store.outbox, reader, topUp))) return now + 1;
      const wallet = await reader.tokenBalance(address);
      if (wallet < missing) {
        telemetry.emit("watch.unfunded", { job: id, missing: formatUnits(missing - wallet) });
        return now + UNFUNDED_RETRY;
      }
      topUp = await bringIn(occasion, missing, wallet);
      return now + 1;
    },
    done: (job) => void waiting.delete(job),
  };
}
