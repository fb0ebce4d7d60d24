import { and, asc, desc, eq, inArray } from "./drizzle.ts";
import { getBytes, hexlify } from "ethers";
import { z } from "zod";
import type { Attempt, Hex, Outbox, OutboxEntry } from "../ports.ts";
import type { Database, Tx } from "./database.ts";
import { jobs, outbox } from "./schema.ts";

const hex = z.string().regex(/^0x[0-9a-f]*$/) as unknown as z.ZodType<Hex>;
const wei = z.string().transform(BigInt);
const attemptList = z.array(
  z.object({ hash: hex, raw: hex, maxFeePerGas: wei, maxPriorityFeePerGas: wei, sentAt: z.number(), noop: z.boolean().optional() }),
);

export function createOutbox(run: Database["run"]): Outbox {
  const change = async (intent: string, set: Partial<typeof outbox.$inferInsert>): Promise<void> => {
    await run((tx) => tx.update(outbox).set(set).where(eq(outbox.intent, intent)));
  };
  return {
    async plan(intent) {
      const { to, data, value, ...rest } = intent;
      return run(async (tx) => {
        await tx
          .insert(outbox)
          .values({ ...rest, target: to, data: getBytes(data), value: value.toString(), status: "planned" })
          .onConflictDoNothing();
        return (await read(tx, intent.intent))!;
      });
    },
    get: (intent) => run((tx) => read(tx, intent)),
    async open(limit) {
      const rows = await run((tx) =>
        tx
          .select()
          .from(outbox)
          .where(inArray(outbox.status, ["planned", "sent"]))
          .orderBy(desc(outbox.status), desc(outbox.urgent), asc(outbox.sequence))
          .limit(limit),
      );
      return rows.map(toEntry);
    },
    underway: (kind) =>
      run((tx) =>
        tx
          .select({ job: outbox.job, nonce: outbox.nonce })
          .from(outbox)
          .where(and(eq(outbox.kind, kind), inArray(outbox.status, ["planned", "sent"]))),
      ),
    sent: (intent, nonce, gasLimit, attempts) =>
      change(intent, { status: "sent", nonce, gasLimit: Number(gasLimit), attempts: encodeAttempts(attempts) }),
    async confirmed(intent, { hash, block, gasUsed }) {
      await run(async (tx) => {
        // The bytes that were mined are kept: after a reorganisation they go out again.
        const mined = (await read(tx, intent))?.attempts.filter((attempt) => attempt.hash === hash) ?? [];
        const set = { status: "confirmed", hash, block, gasUsed: Number(gasUsed), attempts: encodeAttempts(mined), error: null } as const;
        await tx.update(outbox).set(set).where(eq(outbox.intent, intent));
      });
    },
    async reopen(intent) {
      const confirmed = and(eq(outbox.intent, intent), eq(outbox.status, "confirmed"));
      await run((tx) => tx.update(outbox).set({ status: "sent", block: null }).where(confirmed));
    },
    async refused(intent, error) {
      await run(async (tx) => {
        const set = { status: "refused", error, attempts: "[]" } as const;
        const [{ job } = { job: null }] = await tx.update(outbox).set(set).where(eq(outbox.intent, intent)).returning({ job: outbox.job });
        // No event tells of it: the job is looked at at once.
        if (job !== null) await tx.update(jobs).set({ due: 0 }).where(and(eq(jobs.id, job), eq(jobs.done, false)));
      });
    },
    replan: (intent) =>
      change(intent, { status: "planned", nonce: null, gasLimit: null, attempts: "[]", error: null, hash: null }),
  };
}

async function read(tx: Tx, intent: string): Promise<OutboxEntry | undefined> {
  const [row] = await tx.select().from(outbox).where(eq(outbox.intent, intent));
  return row === undefined ? undefined : toEntry(row);
}

function encodeAttempts(attempts: readonly Attempt[]): string {
  return JSON.stringify(attempts, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

function toEntry(row: typeof outbox.$inferSelect): OutboxEntry {
  return {
    intent: row.intent,
    kind: row.kind,
    job: row.job,
    to: row.target as Hex,
    data: hexlify(row.data) as Hex,
    value: BigInt(row.value),
    urgent: row.urgent,
    status: row.status,
    nonce: row.nonce,
    gasLimit: row.gasLimit === null ? null : BigInt(row.gasLimit),
    attempts: attemptList.parse(JSON.parse(row.attempts)),
    hash: row.hash as Hex | null,
    block: row.block,
    gasUsed: row.gasUsed === null ? null : BigInt(row.gasUsed),
    error: row.error,
  };
}
