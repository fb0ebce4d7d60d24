import { existsSync, mkdirSync, readdirSync, statfsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as pglite from "@electric-sql/pglite";
import { provideCluster } from "./cluster.mjs";
import { getTableName, loadPglite, sql } from "./drizzle.ts";
import type { Engine, Row, Tx, Work } from "./engine.ts";
import { endsSession } from "./faults.ts";
import { watchFiles } from "./fileWatch.ts";
import type { FileWatch } from "./fileWatch.ts";
import { markFile, readMark } from "./mark.ts";
import { TABLES } from "./schema.ts";
import { storeError } from "./storeError.ts";
import { createTurns } from "./turns.ts";

/** A segment of the write-ahead log, without which PostgreSQL stops, and some pages. */
const LEAST_FREE_MIB = 24;

/** One client that reads and writes small rows. What initdb makes of the defaults is 160 MiB, most of it touched. */
const SETTINGS = ["shared_buffers=4MB"];

// Rationale: drizzle's driver requires it too, and an import would be a second copy.
const { PGlite } = createRequire(import.meta.url)("@electric-sql/pglite") as typeof pglite;

/** PostgreSQL within this process, in `directory`/db or in memory. */
export async function openEmbedded(directory: string | undefined): Promise<Engine> {
  const folder = directory === undefined ? undefined : join(directory, "db");
  if (directory !== undefined && folder !== undefined) await prepare(directory, folder);
  let instance: Instance | undefined = await start(folder);
  let watched: FileWatch | undefined;
  const inTurn = createTurns();

  async function ready(): Promise<Instance> {
    watched?.check();
    if (folder !== undefined) checkRoom(folder);
    if (instance === undefined && folder === undefined) throw storeError("broken", "memory", "PostgreSQL ended");
    return (instance ??= await start(folder));
  }

  async function statements(text: string, values: readonly unknown[]): Promise<{ rows: Row[] }> {
    const { client } = await ready();
    try {
      if (values.length > 0) return await client.query<Row>(text, [...values]);
      return { rows: (await client.exec(text)).flatMap(({ rows }) => rows as Row[]) };
    } catch (error) {
      if (endsSession(error)) instance = undefined;
      // What failed within a transaction of its own left that open.
      else await client.exec("ROLLBACK").catch(() => (instance = undefined));
      throw error;
    }
  }

  async function transaction<T>(work: Work<T>, opening: string): Promise<T> {
    const { client, tx } = await ready();
    const script = async (text: string) => void (await client.exec(text));
    try {
      const opened = client.exec(`BEGIN; ${opening}`).then((results) => results.at(-1)!.rows as Row[]);
      opened.catch(() => undefined);
      const result = await work(tx, script, opened);
      await opened;
      await script("COMMIT");
      return result;
    } catch (error) {
      // INVARIANT: after a PANIC nothing more is asked of this instance: PGlite would never return from it.
      if (endsSession(error)) instance = undefined;
      else await script("ROLLBACK").catch(() => (instance = undefined));
      throw error;
    }
  }

  const inOrder = <T>(work: Work<T>, opening = "") => inTurn(() => transaction(work, opening));
  return {
    transaction: inOrder,
    // INVARIANT: nothing stands behind a statement at which PGlite may crash: it would never be answered.
    atOnce: undefined,
    statements: (text, values = []) => inTurn(() => statements(text, values)),
    async watch() {
      if (folder !== undefined) watched = watchFiles(folder, await inOrder(relationFiles));
    },
    close: () => inTurn(async () => instance?.client.close()),
    abandon: () => void (instance = undefined),
  };
}

/** Where the tables and their indexes are kept, below the folder of the database. */
async function relationFiles(tx: Tx): Promise<string[]> {
  const tables = sql.join(
    TABLES.map((table) => sql.raw(`'${getTableName(table)}'::regclass`)),
    sql`, `,
  );
  const { rows } = (await tx.execute(sql`
    SELECT pg_relation_filepath(oid) AS path FROM pg_class
    WHERE oid IN (${tables}) OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (${tables}))`)) as unknown as {
    rows: { path: string }[];
  };
  return rows.map(({ path }) => path);
}

interface Instance {
  readonly client: pglite.PGlite;
  readonly tx: Tx;
}

async function start(folder: string | undefined): Promise<Instance> {
  const startParams = [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ["-c", setting])];
  const client = new PGlite({ startParams, ...(folder !== undefined && { dataDir: folder }) });
  await client.waitReady;
  return { client, tx: loadPglite().drizzle(client) as unknown as Tx };
}

async function prepare(directory: string, folder: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  checkRoom(directory);
  if (existsSync(join(folder, "PG_VERSION"))) return;
  if (readMark(directory) !== undefined) throw storeError("emptied", folder, `no database is there, and ${markFile(directory)} says that one was`);
  // INVARIANT: a new database is made in an empty folder only: PGlite would make one over what is left of another.
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw storeError("broken", folder, "there are files, but no PG_VERSION among them");
  }
  await provideCluster(folder);
}

/** Rationale: where its log cannot grow, PostgreSQL does not fail, it crashes. So nothing is begun without room to end. */
function checkRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free < LEAST_FREE_MIB) {
    throw storeError("full", folder, `${free} MiB are free, and a transaction may need ${LEAST_FREE_MIB}`);
  }
}
