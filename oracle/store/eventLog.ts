import type { EventLog, Hex, StoredEvent } from "../ports.ts";
import type { Database, Tx } from "./database.ts";
import { and, asc, desc, eq, gt, inArray, lte, sql } from "./drizzle.ts";
import { prepared } from "./prepared.ts";
import { blocks, jobEvents, jobs, outbox } from "./schema.ts";

/** Block hashes kept to find the fork after a reorg; a deeper one starts again from the beginning. */
const KEPT_BLOCKS = 512;
/** Rows in one statement. */
const PAGE = 500;

const newest = prepared((tx) => tx.select().from(blocks).orderBy(desc(blocks.number)).limit(sql.placeholder("limit")).prepare("newest_blocks"));
const eventsOf = prepared((tx) =>
  tx
    .select()
    .from(jobEvents)
    .where(eq(jobEvents.job, sql.placeholder("job")))
    .orderBy(asc(jobEvents.block), asc(jobEvents.logIndex))
    .prepare("events_of_job"),
);

/** What was read of the chain: the newest blocks, and the events of jobs. */
export function createEventLog({ run, one }: Pick<Database, "run" | "one">): EventLog {
  return {
    async recentBlocks(limit = KEPT_BLOCKS) {
      return (await one(newest({ limit }))).map(({ number, hash }) => ({ number, hash: hash as Hex }));
    },

    async advance(to, events) {
      await run(async (tx) => {
        for (const page of pages(events)) await append(tx, page);
        await tx.insert(blocks).values(to).onConflictDoUpdate({ target: blocks.number, set: { hash: to.hash } });
        const beyond = tx.select({ number: blocks.number }).from(blocks).orderBy(desc(blocks.number)).limit(1).offset(KEPT_BLOCKS);
        await tx.delete(blocks).where(lte(blocks.number, beyond));
      });
    },

    async rewind(block) {
      await run(async (tx) => {
        const undone = await tx.selectDistinct({ job: jobEvents.job }).from(jobEvents).where(gt(jobEvents.block, block));
        await tx.delete(jobEvents).where(gt(jobEvents.block, block));
        await tx.delete(blocks).where(gt(blocks.number, block));
        await tx
          .update(outbox)
          .set({ status: "sent", block: null })
          .where(and(eq(outbox.status, "confirmed"), gt(outbox.block, block)));
        for (const page of pages(undone)) {
          const ids = page.map((row) => row.job);
          const left = await tx.selectDistinct({ job: jobEvents.job }).from(jobEvents).where(inArray(jobEvents.job, ids));
          const kept = left.map((row) => row.job);
          const gone = ids.filter((id) => !kept.includes(id));
          if (kept.length > 0) {
            await tx.update(jobs).set({ lastBlock: block, due: 0, done: false }).where(inArray(jobs.id, kept));
          }
          if (gone.length > 0) await tx.delete(jobs).where(inArray(jobs.id, gone));
        }
      });
    },

    jobEvents: (job) => one(eventsOf({ job })),
  };
}

/** Adds events and makes their jobs due. */
async function append(tx: Tx, events: readonly StoredEvent[]): Promise<void> {
  await tx.insert(jobEvents).values([...events]).onConflictDoNothing();
  const touched = new Map(events.map(({ job, block }) => [job, block]));
  const disputed = new Set(events.filter((event) => event.disputed).map(({ job }) => job));
  const rows = [...touched].map(([id, lastBlock]) => ({ id, lastBlock, due: 0, done: false, disputed: disputed.has(id) }));
  const set = { lastBlock: sql`excluded.last_block`, due: 0, done: false, disputed: sql`${jobs.disputed} OR excluded.disputed` };
  await tx.insert(jobs).values(rows).onConflictDoUpdate({ target: jobs.id, set });
}

function* pages<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += PAGE) yield items.slice(start, start + PAGE);
}
