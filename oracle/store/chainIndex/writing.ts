import { REORGANISED } from "../../../core/history/events.ts";
import { splitFields } from "../../../core/history/fields.ts";
import { FOLDS, jobAfter, type Entity, type SequencedEvent } from "../../../core/history/folds.ts";
import { tallyChanges } from "../../../core/history/tallies.ts";
import type { ChainEvent, EventFields, IndexedJob, IndexedVersion } from "../../../core/history/types.ts";
import type { BlockRef } from "../../ports.ts";
import { and, asc, eq, gt, inArray, sql } from "../drizzle.ts";
import type { Tx } from "../engine.ts";
import { indexBlocks, indexEntities, indexEvents, indexJobs, indexTallies } from "../schema.ts";

/** Rows in one statement. */
const PAGE = 500;
/** Block hashes kept to find the fork after a reorganisation. */
export const KEPT_BLOCKS = 512;

type Kind = (typeof indexEntities.$inferSelect)["kind"];
const KINDS = Object.keys(FOLDS) as readonly Kind[];

/** Events by the id of what they are about. */
type Histories = ReadonlyMap<string, readonly SequencedEvent[]>;

/** Adds events that are not there yet, with what follows from them. */
export async function advance(tx: Tx, to: BlockRef, events: readonly ChainEvent[]): Promise<void> {
  const added: SequencedEvent[] = [];
  for (const page of pages(events)) added.push(...(await insertNew(tx, page)));
  await apply(tx, added, [...new Set(added.map(({ subject }) => subject))], "further");
  await tx.insert(indexBlocks).values(to).onConflictDoUpdate({ target: indexBlocks.number, set: { hash: to.hash } });
  await tx.delete(indexBlocks).where(sql`${indexBlocks.number} <= ${to.number - KEPT_BLOCKS}`);
}

/** Undoes all that is above a block. @param now Unix seconds */
export async function rewind(tx: Tx, block: number, now: number): Promise<void> {
  await tx.delete(indexBlocks).where(gt(indexBlocks.number, block));
  const undone = await tx.delete(indexEvents).where(gt(indexEvents.block, block)).returning({ subject: indexEvents.subject });
  const subjects = [...new Set(undone.map(({ subject }) => subject).filter((subject) => subject !== null))];
  for (const page of pages(subjects)) {
    const left = await tx.select().from(indexEvents).where(inArray(indexEvents.subject, [...page])).orderBy(asc(indexEvents.sequence));
    await apply(tx, left.map(fromRow), page, "anew");
  }
  if (undone.length === 0) return;
  await tx.insert(indexEvents).values({ block, time: now, name: REORGANISED, fields: "{}", longFields: "{}" });
}

/** Those of the events that were not there. */
async function insertNew(tx: Tx, events: readonly ChainEvent[]): Promise<SequencedEvent[]> {
  const rows = await tx
    .insert(indexEvents)
    .values(events.map((event) => ({ ...event, ...encodedFields(event) })))
    .onConflictDoNothing()
    .returning({ sequence: indexEvents.sequence, block: indexEvents.block, logIndex: indexEvents.logIndex });
  const place = ({ block, logIndex }: { block: number; logIndex: number | null }) => `${block}:${logIndex}`;
  const byPlace = new Map(events.map((event) => [place(event), event]));
  return rows.map((row) => ({ ...byPlace.get(place(row))!, sequence: row.sequence })).sort((a, b) => a.sequence - b.sequence);
}

function encodedFields(event: ChainEvent): { fields: string; longFields: string } {
  const { short, long } = splitFields(event.fields);
  return { fields: JSON.stringify(short), longFields: JSON.stringify(long) };
}

const fromRow = ({ fields, longFields, ...row }: typeof indexEvents.$inferSelect): SequencedEvent => ({
  ...row,
  subject: row.subject as ChainEvent["subject"],
  fields: { ...(JSON.parse(fields) as EventFields), ...(JSON.parse(longFields) as EventFields) },
});

/** @param from "further": the events come after those that are known; "anew": they are all that there are of these subjects. */
async function apply(tx: Tx, events: readonly SequencedEvent[], subjects: readonly string[], from: "further" | "anew"): Promise<void> {
  for (const kind of KINDS) await applyTo(tx, kind, historiesOf(kind, events, subjects), from);
  await applyToJobs(tx, historiesOf("job", events, subjects), from);
}

function historiesOf(kind: string, events: readonly SequencedEvent[], subjects: readonly string[]): Histories {
  const prefix = `${kind}:`;
  const histories = new Map<string, SequencedEvent[]>();
  for (const subject of subjects) if (subject.startsWith(prefix)) histories.set(subject.slice(prefix.length), []);
  for (const event of events) if (event.subject.startsWith(prefix)) histories.get(event.subject.slice(prefix.length))!.push(event);
  return histories;
}

async function applyTo(tx: Tx, kind: Kind, histories: Histories, from: "further" | "anew"): Promise<void> {
  for (const page of pages([...histories])) {
    const ids = page.map(([id]) => id);
    const these = and(eq(indexEntities.kind, kind), inArray(indexEntities.id, ids));
    const known = new Map((await tx.select().from(indexEntities).where(these)).map((row) => [row.id, JSON.parse(row.entity) as Entity]));
    const after = page.map(([id, events]) => [id, events.reduce<Entity | undefined>((entity, event) => FOLDS[kind].after(entity, event), from === "anew" ? undefined : known.get(id))] as const);
    if (from === "anew") await tx.delete(indexEntities).where(these);
    const rows = after.flatMap(([id, entity]) => {
      if (entity === undefined) return [];
      const parent = kind === "version" ? (entity as IndexedVersion).model : null;
      return [{ kind, id, sequence: entity.sequence, parent, entity: JSON.stringify(entity) }];
    });
    if (rows.length === 0) continue;
    const set = { sequence: sql`excluded.sequence`, parent: sql`excluded.parent`, entity: sql`excluded.entity` };
    await tx.insert(indexEntities).values(rows).onConflictDoUpdate({ target: [indexEntities.kind, indexEntities.id], set });
  }
}

async function applyToJobs(tx: Tx, histories: Histories, from: "further" | "anew"): Promise<void> {
  for (const page of pages([...histories])) {
    const these = inArray(indexJobs.id, page.map(([id]) => id));
    const known = new Map((await tx.select().from(indexJobs).where(these)).map(({ id, entity }) => [id, JSON.parse(entity) as IndexedJob]));
    const folded = page.map(([id, events]) => events.reduce(jobAfter, from === "anew" ? undefined : known.get(id)));
    const after = await withModels(tx, folded.filter((job) => job !== undefined));
    if (from === "anew") await tx.delete(indexJobs).where(these);
    if (after.length > 0) await writeJobs(tx, after);
    const changes = tallyChanges([...known.values()], after);
    if (changes.length === 0) continue;
    const set = { jobs: sql`${indexTallies.jobs} + excluded.jobs`, fees: sql`${indexTallies.fees} + excluded.fees` };
    await tx.insert(indexTallies).values(changes).onConflictDoUpdate({ target: [indexTallies.subject, indexTallies.status], set });
  }
}

/** A version is published before anybody can ask it, so its model is known. */
async function withModels(tx: Tx, jobs: readonly IndexedJob[]): Promise<IndexedJob[]> {
  const versions = [...new Set(jobs.filter(({ model }) => model === null).map(({ version }) => version))];
  if (versions.length === 0) return [...jobs];
  const these = and(eq(indexEntities.kind, "version"), inArray(indexEntities.id, versions));
  const rows = await tx.select({ id: indexEntities.id, parent: indexEntities.parent }).from(indexEntities).where(these);
  const models = new Map(rows.map(({ id, parent }) => [id, parent]));
  return jobs.map((job) => ({ ...job, model: job.model ?? models.get(job.version) ?? null }));
}

async function writeJobs(tx: Tx, jobs: readonly IndexedJob[]): Promise<void> {
  const rows = jobs.map((job) => {
    const { id, sequence, status, version, model, operator, requester } = job;
    return { id, sequence, status, version, model, operator, requester, dispute: job.dispute?.sequence ?? null, entity: JSON.stringify(job) };
  });
  const changing = ["sequence", "status", "version", "model", "operator", "dispute", "entity"] as const;
  const set = Object.fromEntries(changing.map((name) => [name, sql.raw(`excluded.${name}`)]));
  await tx.insert(indexJobs).values(rows).onConflictDoUpdate({ target: indexJobs.id, set });
}

function* pages<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += PAGE) yield items.slice(start, start + PAGE);
}
