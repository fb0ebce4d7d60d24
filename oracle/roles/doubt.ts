import { formatUnits } from "ethers";
import { jobDigest } from "../../core/jobs/job.ts";
import type { Context, Occasion } from "./context.ts";
import { Recent } from "./recent.ts";
import { createBudget, HELD_RETRY } from "./spending.ts";

/** Jobs of which it is remembered that something was held back. */
const REMEMBERED = 10_000;

/** Does work that costs `amount` as far as the day's budget for doubt goes, else says when to look again. */
export type Cautiously = (
  occasion: Occasion,
  kind: string,
  amount: bigint,
  work: () => Promise<number | undefined>,
) => Promise<number | undefined>;

/**
 * Holds back what is spent on results in doubt: no processor gives these bytes, but whoever moves numbers inside the bounds, and a
 * challenge of that loses its fee. So nobody baits a watcher for more than the budget of a day; and as nobody sees from outside
 * what is left of it, nobody lies safely inside the bounds either.
 */
export function createCaution({ store, telemetry }: Pick<Context, "store" | "telemetry">, budgetOfDay: bigint): Cautiously {
  const budget = createBudget(store, "doubt", { perDay: budgetOfDay });
  const told = new Recent<string, true>(REMEMBERED);
  return async ({ id, now }, kind, amount, work) => {
    const limit = await budget.reserve(id, kind, amount, now);
    if (limit === undefined) return work();
    const what = `${id} ${kind}`;
    if (!told.has(what)) telemetry.emit("spending.held", { job: id, kind, limit: budget.nameOf(limit), amount: formatUnits(amount) });
    told.set(what, true);
    return now + HELD_RETRY;
  };
}

/** Whether this watcher judged the job's result to be in doubt. */
export const isInDoubt = async ({ store }: Pick<Context, "store">, { id, state }: Occasion): Promise<boolean> =>
  (await store.verdict(id, jobDigest(state.job)))?.verdict === "doubtful";
