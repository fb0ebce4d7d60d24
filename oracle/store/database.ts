import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { Pool } from "pg";
import { inputError, messageOf } from "../core/errors.ts";
import { displayUrl } from "../core/secrets.ts";
import { loadPglite, loadPostgres } from "./drizzle.ts";

export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;

export interface OpenDatabase {
  readonly db: Database;
  readonly close: () => Promise<void>;
}

/** Any two daemons of this project contend for this one number; its value means nothing. */
const ADVISORY_LOCK = 0x6f7067;

const MIGRATIONS = new URL("./migrations/", import.meta.url);

/** Opens the embedded database in `directory`, or the PostgreSQL server at `url` if there is one, up to date. */
export async function openDatabase(options: { url?: string; directory?: string }): Promise<OpenDatabase> {
  return options.url === undefined ? openEmbedded(options.directory) : openServer(options.url);
}

async function openEmbedded(directory: string | undefined): Promise<OpenDatabase> {
  if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { openPglite } = await import("./embedded.ts");
  const client = await openPglite(directory).catch((error: unknown) => {
    throw inputError("STORE_BROKEN", `cannot open the store in ${directory}: ${messageOf(error)}`, {
      fix: "check that the folder is writable and holds a store of opg; no other process may use it",
      cause: error,
    });
  });
  await migrate(
    async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    async (sql) => void (await client.exec(sql)),
  );
  return { db: loadPglite().drizzle(client) as unknown as Database, close: () => client.close() };
}

async function openServer(url: string): Promise<OpenDatabase> {
  const pool = new Pool({ connectionString: url, max: 4, application_name: "opg" });
  // A connection that drops while idle is replaced on next use; without a listener it would end the process.
  pool.on("error", () => undefined);
  const lock = await pool.connect().catch((error: unknown) => {
    throw inputError("STORE_UNREACHABLE", `cannot connect to the store at ${displayUrl(url)}: ${messageOf(error)}`, {
      fix: "check store.url and that the server is running",
    });
  });
  const { rows } = await lock.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS locked`);
  if (rows[0]?.locked !== true) {
    lock.release(true);
    await pool.end();
    throw inputError("STORE_IN_USE", `another opg uses the store at ${displayUrl(url)}`, {
      fix: "stop it, or give this one a database of its own",
    });
  }
  await migrate(
    async (sql) => (await lock.query<Record<string, unknown>>(sql)).rows,
    async (sql) => void (await lock.query(sql)),
  );
  return {
    db: loadPostgres().drizzle(pool) as unknown as Database,
    close: async () => {
      lock.release(true);
      await pool.end();
    },
  };
}

/** Each file runs once, in the order of its number, in a transaction of its own. */
async function migrate(
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
  execute: (sql: string) => Promise<void>,
): Promise<void> {
  await execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY)");
  const done = new Set((await query("SELECT name FROM migrations")).map((row) => row.name));
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
  for (const name of files.sort()) {
    if (done.has(name)) continue;
    const sql = readFileSync(new URL(name, MIGRATIONS), "utf8");
    await execute(`BEGIN; ${sql}; INSERT INTO migrations (name) VALUES ('${name.replaceAll("'", "''")}'); COMMIT`);
  }
}
