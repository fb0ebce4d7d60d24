import type { SQL } from "drizzle-orm";
import type { Newest } from "../../../core/history/historyIndex.ts";
import { ALL_JOBS } from "../../../core/history/tallies.ts";
import type { EventFields, IndexedEvent, IndexedJob, Subject, Tally } from "../../../core/history/types.ts";
import type { ChainIndex, Hex } from "../../ports.ts";
import type { Database, Tx } from "../database.ts";
import { and, asc, desc, eq, gt, isNotNull, lt, ne, sql } from "../drizzle.ts";
import { indexBlocks, indexEntities, indexEvents, indexJobs, indexTallies } from "../schema.ts";
import { KEPT_BLOCKS } from "./writing.ts";

type Kind = (typeof indexEntities.$inferSelect)["kind"];
type Reading = Omit<ChainIndex, "advance" | "rewind" | "revision" | "onChange">;

/** The questions to the index; each is one statement. */
export function createReading({ one }: Pick<Database, "one">): Reading {
  async function entity<T>(kind: Kind, id: string): Promise<T | undefined> {
    const [row] = await one((tx) => tx.select({ entity: indexEntities.entity }).from(indexEntities).where(and(eq(indexEntities.kind, kind), eq(indexEntities.id, id))));
    return row && (JSON.parse(row.entity) as T);
  }

  async function entities<T>(kind: Kind, { limit, before }: Newest, parent?: string): Promise<T[]> {
    const { sequence } = indexEntities;
    const these = and(eq(indexEntities.kind, kind), equal(indexEntities.parent, parent), before === undefined ? undefined : lt(sequence, before));
    const rows = await one((tx) => tx.select({ entity: indexEntities.entity }).from(indexEntities).where(these).orderBy(desc(sequence)).limit(limit));
    return rows.map((row) => JSON.parse(row.entity) as T);
  }

  async function jobsBy(order: typeof indexJobs.sequence | typeof indexJobs.dispute, filters: (SQL | undefined)[], { limit, before }: Newest): Promise<IndexedJob[]> {
    const these = and(...filters, before === undefined ? undefined : lt(order, before));
    const rows = await one((tx) => tx.select({ entity: indexJobs.entity }).from(indexJobs).where(these).orderBy(desc(order)).limit(limit));
    return rows.map((row) => JSON.parse(row.entity) as IndexedJob);
  }

  async function tallies(subject: string): Promise<Tally[]> {
    const these = and(eq(indexTallies.subject, subject), gt(indexTallies.jobs, 0));
    const rows = await one((tx) => tx.select().from(indexTallies).where(these).orderBy(asc(indexTallies.status)));
    return rows.map(({ status, jobs, fees }) => ({ status: status as Tally["status"], jobs, fees }));
  }

  return {
    recentBlocks: async () =>
      (await one((tx) => tx.select().from(indexBlocks).orderBy(desc(indexBlocks.number)).limit(KEPT_BLOCKS))).map(({ number, hash }) => ({ number, hash: hash as Hex })),
    jobs: ({ status, version, model, operator, requester }, page) =>
      jobsBy(
        indexJobs.sequence,
        [equal(indexJobs.status, status), equal(indexJobs.version, version), equal(indexJobs.model, model), equal(indexJobs.operator, operator), equal(indexJobs.requester, requester)],
        page,
      ),
    disputes: ({ isOpen, operator }, page) =>
      jobsBy(
        indexJobs.dispute,
        [
          isNotNull(indexJobs.dispute),
          isOpen === undefined ? undefined : (isOpen ? eq : ne)(indexJobs.status, "Challenged"),
          equal(indexJobs.operator, operator),
        ],
        page,
      ),
    async job(id) {
      const [row] = await one((tx) => tx.select({ entity: indexJobs.entity }).from(indexJobs).where(eq(indexJobs.id, id)));
      return row && (JSON.parse(row.entity) as IndexedJob);
    },
    models: (page) => entities("model", page),
    model: (id) => entity("model", id),
    versions: ({ model }, page) => entities("version", page, model),
    version: (id) => entity("version", id),
    operators: (page) => entities("operator", page),
    operator: (address) => entity("operator", address),
    tallies,
    async overview() {
      const [jobs, [counts], [blocks]] = await Promise.all([tallies(ALL_JOBS), one(countAll), one((tx) => tx.select({ number: indexBlocks.number }).from(indexBlocks).orderBy(desc(indexBlocks.number)).limit(1))]);
      const jobsThatAre = (status: Tally["status"]) => jobs.find((tally) => tally.status === status)?.jobs ?? 0;
      return { block: blocks?.number ?? null, jobs, ...counts, openDisputes: jobsThatAre("Challenged"), convictions: jobsThatAre("Convicted") };
    },
    async events({ subject, emitter }, { limit, after }) {
      const these = and(gt(indexEvents.sequence, after), equal(indexEvents.subject, subject), equal(indexEvents.emitter, emitter));
      const rows = await one((tx) => tx.select().from(indexEvents).where(these).orderBy(asc(indexEvents.sequence)).limit(limit));
      return rows.map((row) => toEvent(row, Object.keys(JSON.parse(row.longFields) as EventFields)));
    },
    async event(sequence) {
      const [row] = await one((tx) => tx.select().from(indexEvents).where(eq(indexEvents.sequence, sequence)));
      return row && toEvent(row, []);
    },
    async newest() {
      const [row] = await one((tx) => tx.select({ sequence: indexEvents.sequence }).from(indexEvents).orderBy(desc(indexEvents.sequence)).limit(1));
      return row?.sequence ?? 0;
    },
  };
}

const equal = (column: Parameters<typeof eq>[0], value: string | undefined): SQL | undefined => (value === undefined ? undefined : eq(column as never, value));

function toEvent({ logIndex: _, fields, longFields, ...row }: typeof indexEvents.$inferSelect, omitted: readonly string[]): IndexedEvent {
  const long = omitted.length > 0 ? {} : (JSON.parse(longFields) as EventFields);
  return {
    ...row,
    transaction: row.transaction as Hex | null,
    emitter: row.emitter as IndexedEvent["emitter"],
    subject: row.subject as Subject | null,
    fields: { ...(JSON.parse(fields) as EventFields), ...long },
    omitted,
  };
}

/** The operators' bonds are sums over few rows; jobs are counted as they come (tallies). */
const countAll = (tx: Tx) => {
  const count = (kind: Kind) => sql<number>`(count(*) FILTER (WHERE ${indexEntities.kind} = ${kind}))::integer`;
  const sum = (field: "bonded" | "slashed") =>
    sql<string>`(coalesce(sum((${indexEntities.entity}::json ->> ${sql.raw(`'${field}'`)})::numeric) FILTER (WHERE ${indexEntities.kind} = 'operator'), 0))::text`;
  const disputes = sql<number>`(SELECT count(*) FROM ${indexJobs} WHERE ${indexJobs.dispute} IS NOT NULL)::integer`;
  return tx
    .select({ models: count("model"), versions: count("version"), operators: count("operator"), bonded: sum("bonded"), slashed: sum("slashed"), disputes })
    .from(indexEntities);
};
