import { and, asc, desc, eq, inArray } from "./drizzle.ts";
import { getBytes, hexlify } from "ethers";
import { z } from "zod";
import type { Attempt, Hex, Outbox, OutboxEntry } from "../ports.ts";
import type { Database } from "./database.ts";
import { outbox } from "./schema.ts";

const hex = z.string().regex(/^0x[0-9a-f]*$/) as unknown as z.ZodType<Hex>;
const wei = z.string().transform(BigInt);
const attemptList = z.array(
  z.object({ hash: hex, raw: hex, maxFeePerGas: wei, maxPriorityFeePerGas: wei, sentAt: z.number() }),
);

export function createOutbox(db: Database): Outbox {
  const read = async (intent: string): Promise<OutboxEntry | undefined> => {
    const [row] = await db.select().from(outbox).where(eq(outbox.intent, intent));
    return row === undefined ? undefined : toEntry(row);
  };
  const change = async (intent: string, set: Partial<typeof outbox.$inferInsert>): Promise<void> => {
    await db.update(outbox).set(set).where(eq(outbox.intent, intent));
  };
  return {
    async plan(intent) {
      const { to, data, value, ...rest } = intent;
      await db
        .insert(outbox)
        .values({ ...rest, target: to, data: getBytes(data), value: value.toString(), status: "planned" })
        .onConflictDoNothing();
      return (await read(intent.intent))!;
    },
    get: read,
    async open(limit) {
      const rows = await db
        .select()
        .from(outbox)
        .where(inArray(outbox.status, ["planned", "sent"]))
        .orderBy(desc(outbox.status), desc(outbox.urgent), asc(outbox.sequence))
        .limit(limit);
      return rows.map(toEntry);
    },
    sent: (intent, nonce, gasLimit, attempts) =>
      change(intent, { status: "sent", nonce, gasLimit: Number(gasLimit), attempts: encodeAttempts(attempts) }),
    async confirmed(intent, { hash, block, gasUsed }) {
      // The bytes that were mined are kept: after a reorganisation they go out again.
      const mined = (await read(intent))?.attempts.filter((attempt) => attempt.hash === hash) ?? [];
      const attempts = encodeAttempts(mined);
      await change(intent, { status: "confirmed", hash, block, gasUsed: Number(gasUsed), attempts, error: null });
    },
    async reopen(intent) {
      const confirmed = and(eq(outbox.intent, intent), eq(outbox.status, "confirmed"));
      await db.update(outbox).set({ status: "sent", block: null }).where(confirmed);
    },
    refused: (intent, error) => change(intent, { status: "refused", error, attempts: "[]" }),
    replan: (intent) =>
      change(intent, { status: "planned", nonce: null, gasLimit: null, attempts: "[]", error: null, hash: null }),
  };
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
