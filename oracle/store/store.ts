import { and, asc, desc, eq, gt, inArray, lt, lte, notInArray } from "./drizzle.ts";
import { z } from "zod";
import { inputError } from "../core/errors.ts";
import { displayUrl } from "../core/secrets.ts";
import type { Hex, RecordedAccusation, Store, StoreIdentity } from "../ports.ts";
import { createOutbox } from "./outbox.ts";
import { openDatabase, unclaimed } from "./database.ts";
import type { DatabaseOptions, Tx } from "./database.ts";
import { markFile, readMark, writeMark } from "./mark.ts";
import { accusations, blocks, identity, jobEvents, jobs, outbox, qualifications, results, verdicts } from "./schema.ts";
import { createSpending } from "./spending.ts";
import { ANEW } from "./storeError.ts";

/** Block hashes kept to find the fork after a reorg; a deeper one starts again from the beginning. */
const KEPT_BLOCKS = 512;

const verdictSchema = z.enum(["match", "mismatch", "unknown"]);

export async function openStore(options: DatabaseOptions): Promise<Store> {
  const database = await openDatabase(options);
  const { run } = database;
  return {
    async claim(wanted) {
      const { directory } = options;
      const mark = directory === undefined ? undefined : readMark(directory);
      const row = await run(async (tx) => {
        if (options.shares === true) return joined(tx, wanted, options.url!);
        const made = await tx.insert(identity).values(wanted).onConflictDoNothing().returning();
        const [found] = await tx.select().from(identity);
        requireSame(found, wanted);
        // INVARIANT: a store that was used and is empty is not taken for a new one.
        if (mark !== undefined && mark !== found.store) throw notTheMarked(made.length > 0, directory!);
        return found;
      });
      if (directory !== undefined && mark === undefined) writeMark(directory, row.store);
      database.bind(row.store);
    },

    async recentBlocks(limit = KEPT_BLOCKS) {
      const rows = await run((tx) => tx.select().from(blocks).orderBy(desc(blocks.number)).limit(limit));
      return rows.map((row) => ({ number: row.number, hash: row.hash as Hex }));
    },

    async advance(to, events) {
      await run(async (tx) => {
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
      await run(async (tx) => {
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
      return run((tx) =>
        tx.select().from(jobEvents).where(eq(jobEvents.job, job)).orderBy(asc(jobEvents.block), asc(jobEvents.logIndex)),
      );
    },

    async dueJobs(now, limit, disputed) {
      return run((tx) =>
        tx
          .select({ id: jobs.id, lastBlock: jobs.lastBlock })
          .from(jobs)
          .where(and(eq(jobs.done, false), eq(jobs.disputed, disputed), lte(jobs.due, now)))
          .orderBy(asc(jobs.due), asc(jobs.lastBlock), asc(jobs.id))
          .limit(limit),
      );
    },

    async schedule(job, lastBlock, due, done) {
      // INVARIANT: an event that came in while the job was looked at has moved lastBlock, and its wake-up call stands.
      await run((tx) => tx.update(jobs).set({ due, done }).where(and(eq(jobs.id, job), eq(jobs.lastBlock, lastBlock))));
    },

    async disputes() {
      const open = and(eq(jobs.done, false), eq(jobs.disputed, true));
      const rows = await run((tx) => tx.select({ id: jobs.id }).from(jobs).where(open).orderBy(asc(jobs.lastBlock), asc(jobs.id)));
      return rows.map(({ id }) => id);
    },

    async wake() {
      await run((tx) => tx.update(jobs).set({ due: 0 }).where(eq(jobs.done, false)));
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
      return run(async (tx) => {
        await tx.insert(results).values({ job, subject, output }).onConflictDoNothing();
        return (await resultOf(tx, job, subject))!;
      });
    },

    result: (job, subject) => run((tx) => resultOf(tx, job, subject)),

    async recordVerdict(job, subject, verdict) {
      const target = [verdicts.job, verdicts.subject];
      await run((tx) => tx.insert(verdicts).values({ job, subject, ...verdict }).onConflictDoUpdate({ target, set: verdict }));
    },

    async verdict(job, subject) {
      const key = and(eq(verdicts.job, job), eq(verdicts.subject, subject));
      const [row] = await run((tx) => tx.select().from(verdicts).where(key));
      return row === undefined ? undefined : { verdict: verdictSchema.parse(row.verdict), detail: row.detail };
    },

    async recordAccusation(job, subject, accusation) {
      const values = { job, subject, ...accusation, pieces: encodePieces(accusation.pieces) };
      return run(async (tx) => {
        await tx.insert(accusations).values(values).onConflictDoNothing();
        return (await accusationOf(tx, job, subject))!;
      });
    },

    accusation: (job, subject) => run((tx) => accusationOf(tx, job, subject)),

    async recordQualification(version, qualification) {
      await run((tx) =>
        tx
          .insert(qualifications)
          .values({ version, ...qualification })
          .onConflictDoUpdate({ target: qualifications.version, set: qualification }),
      );
    },

    async qualification(version) {
      const [row] = await run((tx) => tx.select().from(qualifications).where(eq(qualifications.version, version)));
      return row === undefined ? undefined : { host: row.host, accepted: row.accepted, reason: row.reason };
    },

    outbox: createOutbox(run),
    tasks: async (queue) => (await import("./taskQueue.ts")).openTaskQueue({ ...queue, database, ...(options.url !== undefined && { url: options.url }) }),
    spending: createSpending(run),
    onLost: database.onLost,
    close: database.close,
  };
}

type Identity = typeof identity.$inferSelect;

/** The store of a daemon that has claimed it, for whoever works beside it. */
async function joined(tx: Tx, wanted: StoreIdentity, url: string): Promise<Identity> {
  const [found] = await tx.select().from(identity);
  if (found === undefined) throw unclaimed(displayUrl(url));
  requireSame(found, wanted);
  return found;
}

function requireSame(found: Identity, wanted: StoreIdentity): void {
  const same = (["chainId", "genesis", "deployment"] as const).every(
    (field) => String(found[field]).toLowerCase() === String(wanted[field]).toLowerCase(),
  );
  if (!same) throw foreign({ ...found, genesis: found.genesis as Hex }, wanted);
}

async function resultOf(tx: Tx, job: string, subject: string): Promise<Uint8Array | undefined> {
  const [row] = await tx.select().from(results).where(and(eq(results.job, job), eq(results.subject, subject)));
  return row?.output;
}

async function accusationOf(tx: Tx, job: string, subject: string): Promise<RecordedAccusation | undefined> {
  const key = and(eq(accusations.job, job), eq(accusations.subject, subject));
  const [row] = await tx.select().from(accusations).where(key);
  if (row === undefined) return undefined;
  const pieces = decodePieces(row.pieces);
  return { node: row.node, element: row.element, pieces, proof: row.proof, salt: row.salt as Hex };
}

function foreign(found: StoreIdentity, wanted: StoreIdentity) {
  return inputError("STORE_FOREIGN", "this store belongs to another chain or deployment", {
    fix: "use a fresh dataDir or database; after restarting a local test chain, delete the old one",
    details: {
      store: { chainId: found.chainId, deployment: found.deployment },
      configured: { chainId: wanted.chainId, deployment: wanted.deployment },
    },
  });
}

function notTheMarked(empty: boolean, directory: string) {
  const what = empty ? "is empty" : "is another one";
  return inputError("STORE_EMPTIED", `the store that ${directory} was used with is gone: the one that is there ${what}`, {
    fix: `restore it, or set store.url back; to go on with the one that is there, delete ${markFile(directory)}: ${ANEW}`,
  });
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
