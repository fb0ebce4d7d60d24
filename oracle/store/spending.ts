import type { Spending } from "../ports.ts";
import { and, eq, gt, lt } from "./drizzle.ts";
import type { Database, Tx } from "./database.ts";
import { spending } from "./schema.ts";

const DAY = 86_400;
/** Days after which an expense counts for no limit any more: longer than any dispute. */
const KEPT = 60 * DAY;

export function createSpending({ run, one }: Pick<Database, "run" | "one">): Spending {
  const sum = (rows: readonly { amount: string }[]): bigint => rows.reduce((total, { amount }) => total + BigInt(amount), 0n);
  const ofDay = (tx: Tx, purse: string, now: number) => tx.select().from(spending).where(and(eq(spending.purse, purse), gt(spending.at, now - DAY)));
  const key = (purse: string, job: string, what: string) => and(eq(spending.purse, purse), eq(spending.job, job), eq(spending.what, what));

  return {
    reserve: ({ purse, job, what, amount, at }, { perDay, perDispute }) =>
      run(async (tx) => {
        const [known] = await tx.select().from(spending).where(key(purse, job, what));
        // INVARIANT: what was set aside once is not counted twice, whatever became of the answer.
        if (known !== undefined) return undefined;
        if (perDispute !== undefined) {
          const own = await tx.select().from(spending).where(and(eq(spending.purse, purse), eq(spending.job, job)));
          if (sum(own) + amount > perDispute) return "dispute";
        }
        if (perDay !== undefined && sum(await ofDay(tx, purse, at)) + amount > perDay) return "day";
        await tx.delete(spending).where(lt(spending.at, at - KEPT));
        await tx.insert(spending).values({ purse, job, what, amount: amount.toString(), at }).onConflictDoNothing();
        return undefined;
      }),
    async settle(purse, job, what, amount) {
      await one((tx) => tx.update(spending).set({ amount: amount.toString() }).where(key(purse, job, what)));
    },
    async jobsOfDay(purse, now) {
      const rows = await one((tx) => ofDay(tx, purse, now));
      return [...new Set(rows.filter(({ amount }) => amount !== "0").map(({ job }) => job))];
    },
    async returned(purse, job) {
      await one((tx) => tx.update(spending).set({ amount: "0" }).where(and(eq(spending.purse, purse), eq(spending.job, job))));
    },
  };
}
