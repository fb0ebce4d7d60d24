import { and, asc, desc, eq, gt, inArray, lt, lte, notInArray } from "./drizzle.ts";
import { z } from "zod";
import { inputError } from "../core/errors.ts";
import type { Hex, RecordedAccusation, Store, StoredEvent } from "../ports.ts";
import { createOutbox } from "./outbox.ts";
import { openDatabase } from "./database.ts";
import { accusations, blocks, identity, jobEvents, jobs, outbox, qualifications, results, verdicts } from "./schema.ts";

/** Block hashes kept to find the fork after a reorg; a deeper one starts again from the beginning. */
const KEPT_BLOCKS = 512;

const verdictSchema = z.enum(["match", "mismatch", "unknown"]);

export async function openStore(options: { url?: string; directory?: string }): Promise<Store> {
  const { db, close } = await openDatabase(options);
  const store: Store = {
    async claim(wanted) {
      await db.insert(identity).values(wanted).onConflictDoNothing();
      const [row] = await db.select().from(identity);
      if (
        row.chainId !== wanted.chainId ||
        row.genesis !== wanted.genesis ||
        row.deployment.toLowerCase() !== wanted.deployment.toLowerCase()
      ) {
        throw inputError("STORE_FOREIGN", "this store belongs to another chain or deployment", {
          fix: "use a fresh dataDir or database; after restarting a local test chain, delete the old one",
          details: {
            store: { chainId: row.chainId, deployment: row.deployment },
            configured: { chainId: wanted.chainId, deployment: wanted.deployment },
          },
        });
      }
    },

    async recentBlocks(limit = KEPT_BLOCKS) {
      const rows = await db.select().from(blocks).orderBy(desc(blocks.number)).limit(limit);
      return rows.map((row) => ({ number: row.number, hash: row.hash as Hex }));
    },

    async advance(to, events) {
      await db.transaction(async (tx) => {
        for (const page of pages(events, 500)) {
          await tx.insert(jobEvents).values(page).onConflictDoNothing();
          const touched = new Map(page.map(({ job, block }) => [job, block]));
          const disputed = new Set(page.filter((event) => event.disputed).map(({ job }) => job));
          for (const [id, lastBlock] of touched) {
            const change = { lastBlock, due: 0, done: false, ...(disputed.has(id) && { disputed: true }) };
            await tx.insert(jobs).values({ id, disputed: false, ...change }).onConflictDoUpdate({ target: jobs.id, set: change });
          }
        }
        await tx.insert(blocks).values(to).onConflictDoUpdate({ target: blocks.number, set: { hash: to.hash } });
        const stale = await tx
          .select({ number: blocks.number })
          .from(blocks)
          .orderBy(desc(blocks.number))
          .limit(1)
          .offset(KEPT_BLOCKS);
        if (stale.length > 0) await tx.delete(blocks).where(lt(blocks.number, stale[0].number + 1));
      });
    },

    async rewind(block) {
      await db.transaction(async (tx) => {
        const undone = await tx
          .selectDistinct({ job: jobEvents.job })
          .from(jobEvents)
          .where(gt(jobEvents.block, block));
        await tx.delete(jobEvents).where(gt(jobEvents.block, block));
        await tx.delete(blocks).where(gt(blocks.number, block));
        await tx
          .update(outbox)
          .set({ status: "sent", block: null })
          .where(and(eq(outbox.status, "confirmed"), gt(outbox.block, block)));
        for (const page of pages(undone, 500)) {
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

    async jobEvents(job) {
      const rows: StoredEvent[] = await db
        .select()
        .from(jobEvents)
        .where(eq(jobEvents.job, job))
        .orderBy(asc(jobEvents.block), asc(jobEvents.logIndex));
      return rows;
    },

    async dueJobs(now, limit, disputed) {
      const rows = await db
        .select({ id: jobs.id, lastBlock: jobs.lastBlock })
        .from(jobs)
        .where(and(eq(jobs.done, false), eq(jobs.disputed, disputed), lte(jobs.due, now)))
        .orderBy(asc(jobs.due), asc(jobs.lastBlock), asc(jobs.id))
        .limit(limit);
      return rows;
    },

    async schedule(job, lastBlock, due, done) {
      // INVARIANT: an event that came in while the job was looked at has moved lastBlock, and its wake-up call stands.
      await db
        .update(jobs)
        .set({ due, done })
        .where(and(eq(jobs.id, job), eq(jobs.lastBlock, lastBlock)));
    },

    async wake() {
      await db.update(jobs).set({ due: 0 }).where(eq(jobs.done, false));
    },

    async forget(block) {
      return db.transaction(async (tx) => {
        const unsettled = tx
          .select({ job: outbox.job })
          .from(outbox)
          .where(and(inArray(outbox.status, ["planned", "sent"]), gt(outbox.job, "")));
        const old = await tx
          .select({ id: jobs.id })
          .from(jobs)
          .where(and(eq(jobs.done, true), lt(jobs.lastBlock, block), notInArray(jobs.id, unsettled)))
          .limit(500);
        const ids = old.map((row) => row.id);
        if (ids.length === 0) return 0;
        await tx.delete(jobEvents).where(inArray(jobEvents.job, ids));
        await tx.delete(results).where(inArray(results.job, ids));
        await tx.delete(verdicts).where(inArray(verdicts.job, ids));
        await tx.delete(accusations).where(inArray(accusations.job, ids));
        await tx.delete(outbox).where(inArray(outbox.job, ids));
        await tx.delete(jobs).where(inArray(jobs.id, ids));
        return ids.length;
      });
    },

    async recordResult(job, subject, output) {
      await db.insert(results).values({ job, subject, output }).onConflictDoNothing();
      return (await store.result(job, subject))!;
    },

    async result(job, subject) {
      const [row] = await db.select().from(results).where(and(eq(results.job, job), eq(results.subject, subject)));
      return row?.output;
    },

    async recordVerdict(job, subject, verdict) {
      const target = [verdicts.job, verdicts.subject];
      await db.insert(verdicts).values({ job, subject, ...verdict }).onConflictDoUpdate({ target, set: verdict });
    },

    async verdict(job, subject) {
      const [row] = await db.select().from(verdicts).where(and(eq(verdicts.job, job), eq(verdicts.subject, subject)));
      return row === undefined ? undefined : { verdict: verdictSchema.parse(row.verdict), detail: row.detail };
    },

    async recordAccusation(job, subject, accusation) {
      await db.insert(accusations).values({ job, subject, ...accusation, pieces: encodePieces(accusation.pieces) }).onConflictDoNothing();
      return (await store.accusation(job, subject))!;
    },

    async accusation(job, subject) {
      const key = and(eq(accusations.job, job), eq(accusations.subject, subject));
      const [row] = await db.select().from(accusations).where(key);
      if (row === undefined) return undefined;
      const pieces = decodePieces(row.pieces);
      return { node: row.node, element: row.element, pieces, proof: row.proof, salt: row.salt as Hex };
    },

    async recordQualification(version, qualification) {
      await db
        .insert(qualifications)
        .values({ version, ...qualification })
        .onConflictDoUpdate({ target: qualifications.version, set: qualification });
    },

    async qualification(version) {
      const [row] = await db.select().from(qualifications).where(eq(qualifications.version, version));
      return row === undefined ? undefined : { host: row.host, accepted: row.accepted, reason: row.reason };
    },

    outbox: createOutbox(db),
    close,
  };
  return store;
}

function* pages<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

type Pieces = RecordedAccusation["pieces"];

const piecesSchema = z.array(z.tuple([z.number().int().positive(), z.string()]));

const encodePieces = (pieces: Pieces): string =>
  JSON.stringify(pieces.map(({ until, proof }) => [until, Buffer.from(proof).toString("hex")]));

const decodePieces = (text: string): Pieces =>
  piecesSchema.parse(JSON.parse(text)).map(([until, proof]) => ({ until, proof: new Uint8Array(Buffer.from(proof, "hex")) }));
