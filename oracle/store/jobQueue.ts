import type { JobQueue } from "../ports.ts";
import type { Database } from "./database.ts";
import { and, asc, eq, gt, inArray, lt, lte, notInArray, sql } from "./drizzle.ts";
import { prepared } from "./prepared.ts";
import { accusations, jobEvents, jobs, outbox, results, verdicts } from "./schema.ts";

/** Jobs forgotten in one transaction. */
const AT_ONCE = 500;

const due = prepared((tx) =>
  tx
    .select({ id: jobs.id, lastBlock: jobs.lastBlock })
    .from(jobs)
    .where(and(eq(jobs.done, false), eq(jobs.disputed, sql.placeholder("disputed")), lte(jobs.due, sql.placeholder("now"))))
    .orderBy(asc(jobs.due), asc(jobs.lastBlock), asc(jobs.id))
    .limit(sql.placeholder("limit"))
    .prepare("due_jobs"),
);
// INVARIANT: an event that came in while the job was looked at has moved lastBlock, and its wake-up call stands.
const schedule = prepared((tx) =>
  tx
    .update(jobs)
    .set({ due: sql`${sql.placeholder("due")}`, done: sql`${sql.placeholder("done")}` })
    .where(and(eq(jobs.id, sql.placeholder("job")), eq(jobs.lastBlock, sql.placeholder("lastBlock"))))
    .prepare("schedule_job"),
);

/** When which job is to be looked at. */
export function createJobQueue({ run, one }: Pick<Database, "run" | "one">): JobQueue {
  return {
    dueJobs: (now, limit, disputed) => one(due({ now, limit, disputed })),

    async schedule(job, lastBlock, due, done) {
      await one(schedule({ job, lastBlock, due, done }));
    },

    async disputes() {
      const open = and(eq(jobs.done, false), eq(jobs.disputed, true));
      const rows = await one((tx) => tx.select({ id: jobs.id }).from(jobs).where(open).orderBy(asc(jobs.lastBlock), asc(jobs.id)));
      return rows.map(({ id }) => id);
    },

    async wake() {
      await one((tx) => tx.update(jobs).set({ due: 0 }).where(eq(jobs.done, false)));
    },

    async forget(block) {
      return run(async (tx) => {
        const unsettled = tx
          .select({ job: outbox.job })
          .from(outbox)
          .where(and(inArray(outbox.status, ["planned", "sent"]), gt(outbox.job, "")));
        const old = await tx
          .select({ id: jobs.id })
          .from(jobs)
          .where(and(eq(jobs.done, true), lt(jobs.lastBlock, block), notInArray(jobs.id, unsettled)))
          .limit(AT_ONCE);
        const ids = old.map((row) => row.id);
        if (ids.length === 0) return 0;
        for (const table of [jobEvents, results, verdicts, accusations, outbox]) await tx.delete(table).where(inArray(table.job, ids));
        await tx.delete(jobs).where(inArray(jobs.id, ids));
        return ids.length;
      });
    },
  };
}
