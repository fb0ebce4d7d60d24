import { and, asc, desc, eq, inArray, sql } from "./drizzle.ts";
import { getBytes, hexlify } from "ethers";
import { z } from "zod";
import type { Attempt, Hex, Outbox, OutboxEntry } from "../ports.ts";
import type { Database } from "./database.ts";
import { prepared } from "./prepared.ts";
import { jobs, outbox } from "./schema.ts";

const hex = z.string().regex(/^0x[0-9a-f]*$/) as unknown as z.ZodType<Hex>;
const wei = z.string().transform(BigInt);
const attemptList = z.array(
  z.object({ hash: hex, raw: hex, maxFeePerGas: wei, maxPriorityFeePerGas: wei, sentAt: z.number(), noop: z.boolean().optional() }),
);

const UNDERWAY = ["planned", "sent"] as const;

const entryOf = prepared((tx) => tx.select().from(outbox).where(eq(outbox.intent, sql.placeholder("intent"))).prepare("outbox_entry"));
const plan = prepared((tx) =>
  tx
    .insert(outbox)
    .values({
      intent: sql.placeholder("intent"),
      kind: sql.placeholder("kind"),
      job: sql.placeholder("job"),
      target: sql.placeholder("to"),
      data: sql.placeholder("data"),
      value: sql.placeholder("value"),
      urgent: sql.placeholder("urgent"),
      status: "planned",
    })
    .onConflictDoNothing()
    .returning()
    .prepare("plan_entry"),
);
const open = prepared((tx) =>
  tx
    .select()
    .from(outbox)
    .where(inArray(outbox.status, UNDERWAY))
    .orderBy(desc(outbox.status), desc(outbox.urgent), asc(outbox.sequence))
    .limit(sql.placeholder("limit"))
    .prepare("open_entries"),
);
const confirm = prepared((tx) =>
  tx
    .update(outbox)
    .set({
      status: "confirmed",
      hash: sql`${sql.placeholder("hash")}`,
      block: sql`${sql.placeholder("block")}`,
      gasUsed: sql`${sql.placeholder("gasUsed")}`,
      attempts: sql`${sql.placeholder("mined")}`,
      error: null,
    })
    .where(eq(outbox.intent, sql.placeholder("intent")))
    .prepare("confirm_entry"),
);

export function createOutbox({ run, one }: Pick<Database, "run" | "one">): Outbox {
  const change = async (intent: string, set: Partial<typeof outbox.$inferInsert>): Promise<void> => {
    await one((tx) => tx.update(outbox).set(set).where(eq(outbox.intent, intent)));
  };
  return {
    async plan({ data, value, ...rest }) {
      const [made] = await one(plan({ ...rest, data: getBytes(data), value: value.toString() }));
      return toEntry(made ?? (await one(entryOf({ intent: rest.intent })))[0]);
    },
    async get(intent) {
      const [row] = await one(entryOf({ intent }));
      return row === undefined ? undefined : toEntry(row);
    },
    open: async (limit) => (await one(open({ limit }))).map(toEntry),
    underway: (kind) =>
      one((tx) =>
        tx
          .select({ job: outbox.job, nonce: outbox.nonce })
          .from(outbox)
          .where(and(eq(outbox.kind, kind), inArray(outbox.status, UNDERWAY))),
      ),
    sent: (intent, nonce, gasLimit, attempts) =>
      change(intent, { status: "sent", nonce, gasLimit: Number(gasLimit), attempts: encodeAttempts(attempts) }),
    async confirmed(intent, { hash, block, gasUsed }, mined) {
      await one(confirm({ intent, hash, block, gasUsed: Number(gasUsed), mined: encodeAttempts(mined === undefined ? [] : [mined]) }));
    },
    async reopen(intent) {
      const confirmed = and(eq(outbox.intent, intent), eq(outbox.status, "confirmed"));
      await one((tx) => tx.update(outbox).set({ status: "sent", block: null }).where(confirmed));
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
