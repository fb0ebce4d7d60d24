import { bigint, bigserial, boolean, customType, integer, numeric, pgTable, primaryKey, sql, text } from "./drizzle.ts";

/** node-postgres gives a Buffer, PGlite a Uint8Array; both become a plain Uint8Array. */
const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (value) => Uint8Array.from(value),
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
});

const height = (name: string) => bigint(name, { mode: "number" });

export const identity = pgTable("identity", {
  onlyRow: boolean("only_row").primaryKey().default(true),
  chainId: height("chain_id").notNull(),
  genesis: text("genesis").notNull(),
  deployment: text("deployment").notNull(),
  store: text("store").notNull().default(sql`gen_random_uuid()::text`),
});

export const blocks = pgTable("blocks", {
  number: height("number").primaryKey(),
  hash: text("hash").notNull(),
});

export const jobEvents = pgTable(
  "job_events",
  {
    block: height("block").notNull(),
    logIndex: integer("log_index").notNull(),
    job: text("job").notNull(),
    event: text("event").notNull(),
    disputed: boolean("disputed").notNull(),
  },
  (table) => [primaryKey({ columns: [table.block, table.logIndex] })],
);

export const jobs = pgTable("jobs", {
  id: text("id").primaryKey(),
  lastBlock: height("last_block").notNull(),
  due: height("due"),
  done: boolean("done").notNull(),
  disputed: boolean("disputed").notNull(),
});

const subject = { job: text("job").notNull(), subject: text("subject").notNull() };

export const results = pgTable("results", { ...subject, output: bytea("output").notNull() }, (table) => [
  primaryKey({ columns: [table.job, table.subject] }),
]);

export const verdicts = pgTable(
  "verdicts",
  { ...subject, verdict: text("verdict").notNull(), detail: text("detail").notNull() },
  (table) => [primaryKey({ columns: [table.job, table.subject] })],
);

export const accusations = pgTable(
  "accusations",
  {
    ...subject,
    node: integer("node").notNull(),
    element: text("element").notNull(),
    pieces: text("pieces").notNull(),
    proof: bytea("proof").notNull(),
    salt: text("salt").notNull(),
  },
  (table) => [primaryKey({ columns: [table.job, table.subject] })],
);

export const qualifications = pgTable("qualifications", {
  version: text("version").primaryKey(),
  host: text("host").notNull(),
  accepted: boolean("accepted").notNull(),
  reason: text("reason").notNull(),
});

export const outbox = pgTable("outbox", {
  intent: text("intent").primaryKey(),
  sequence: bigserial("sequence", { mode: "number" }).notNull(),
  kind: text("kind").notNull(),
  job: text("job"),
  target: text("target").notNull(),
  data: bytea("data").notNull(),
  value: text("value").notNull(),
  urgent: boolean("urgent").notNull(),
  status: text("status", { enum: ["planned", "sent", "confirmed", "refused"] }).notNull(),
  nonce: height("nonce"),
  gasLimit: height("gas_limit"),
  attempts: text("attempts").notNull().default("[]"),
  gasUsed: height("gas_used"),
  hash: text("hash"),
  block: height("block"),
  error: text("error"),
});

export const spending = pgTable(
  "spending",
  {
    purse: text("purse").notNull(),
    job: text("job").notNull(),
    what: text("what").notNull(),
    amount: text("amount").notNull(),
    at: height("at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.purse, table.job, table.what] })],
);

export const indexBlocks = pgTable("index_blocks", {
  number: height("number").primaryKey(),
  hash: text("hash").notNull(),
});

export const indexEvents = pgTable("index_events", {
  sequence: bigserial("sequence", { mode: "number" }).primaryKey(),
  block: height("block").notNull(),
  logIndex: integer("log_index"),
  time: height("time").notNull(),
  transaction: text("transaction"),
  emitter: text("emitter"),
  name: text("name").notNull(),
  subject: text("subject"),
  fields: text("fields").notNull(),
  longFields: text("long_fields").notNull(),
});

export const indexEntities = pgTable(
  "index_entities",
  {
    kind: text("kind", { enum: ["model", "version", "operator"] }).notNull(),
    id: text("id").notNull(),
    sequence: height("sequence").notNull(),
    parent: text("parent"),
    entity: text("entity").notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.id] })],
);

export const indexJobs = pgTable("index_jobs", {
  id: text("id").primaryKey(),
  sequence: height("sequence").notNull(),
  status: text("status").notNull(),
  version: text("version").notNull(),
  model: text("model"),
  operator: text("operator"),
  requester: text("requester").notNull(),
  dispute: height("dispute"),
  entity: text("entity").notNull(),
});

export const indexTallies = pgTable(
  "index_tallies",
  {
    subject: text("subject").notNull(),
    status: text("status").notNull(),
    jobs: height("jobs").notNull(),
    fees: numeric("fees").notNull(),
  },
  (table) => [primaryKey({ columns: [table.subject, table.status] })],
);

export const TABLES = [
  ...[identity, blocks, jobEvents, jobs, results, verdicts, accusations, qualifications, outbox, spending],
  ...[indexBlocks, indexEvents, indexEntities, indexJobs, indexTallies],
];
