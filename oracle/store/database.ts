import { readdirSync, readFileSync } from "node:fs";
import { inputError, OpgError, transientError } from "../../core/errors.ts";
import { displayUrl } from "../../core/secrets.ts";
import { sql } from "./drizzle.ts";
import { openEmbedded } from "./embedded.ts";
import type { Engine, Row, Statement, Tx } from "./engine.ts";
import { markFile, readMark } from "./mark.ts";
import { openServer } from "./server.ts";
import { explain, isFinal, storeError } from "./storeError.ts";
import { together } from "./together.ts";

export type { Tx } from "./engine.ts";

export interface DatabaseOptions {
  /** A PostgreSQL server; without it the database is embedded. */
  readonly url?: string;
  /** Uses the server beside the daemon whose store it is: takes no lock, and leaves the tables as they are. */
  readonly shares?: boolean;
  /** A server that takes longer for one statement is taken for lost. */
  readonly statementMs?: number;
  /** Data directory; without it nothing is kept on disk. */
  readonly directory?: string;
}

export interface Database {
  /**
   * Runs statements as one transaction. After one that failed with a transient error, it may or may not have been made:
   * whatever is done here has to be right when it is done twice.
   */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One statement; together with others in a transaction, as they come. The same holds after a transient error. */
  one<T>(statement: Statement<T>): Promise<T>;
  /** Statements that make their own transaction, if they need one. */
  statements(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
  /** From now on, only the store with this id is the right one. */
  bind(id: string): void;
  /** Calls the listener when the store is gone for good; from then on every transaction fails with that error. */
  onLost(listener: (error: OpgError) => void): void;
  close(): Promise<void>;
}

/** Every transaction begins with the question whose store this is. */
const OPENING = "SELECT store FROM identity";

const MIGRATIONS = new URL("./migrations/", import.meta.url);

/** Opens the embedded database in `directory`, or the PostgreSQL server at `url` if there is one, up to date. */
export async function openDatabase({ url, directory, statementMs = 60_000, shares = false }: DatabaseOptions): Promise<Database> {
  const place = url === undefined ? (directory ?? "memory") : displayUrl(url);
  let engine: Engine | undefined;
  try {
    engine = await (url === undefined ? openEmbedded(directory) : openServer(url, { statementMs, shares }));
    if (shares) await requireTables(engine, place);
    else await migrate(engine);
    await engine.watch();
    return supervise(engine, place, directory);
  } catch (error) {
    await engine?.close().catch(() => undefined);
    throw atStart(explain(error, place));
  }
}

/** What is transient or refused while the daemon runs is, before it runs, something that its user has to see to. */
function atStart(error: unknown): unknown {
  if (!(error instanceof OpgError) || !error.code.startsWith("STORE_") || error.code === "STORE_UNCLAIMED") return error;
  const { code, message, fix, details, cause } = error;
  return inputError(code, message, { details, cause, ...(fix !== undefined && { fix }) });
}

function supervise(engine: Engine, place: string, directory: string | undefined): Database {
  let bound: string | undefined;
  let lost: OpgError | undefined;
  const listeners: ((error: OpgError) => void)[] = [];

  function verify([row]: readonly Row[]): void {
    if (bound === undefined) return;
    if (directory !== undefined && readMark(directory) !== bound) throw storeError("emptied", directory, `${markFile(directory)} is gone`);
    if (row === undefined) throw storeError("emptied", place, "it no longer says which chain it belongs to");
    if (row.store !== bound) throw storeError("emptied", place, "another store stands in its place");
  }

  async function supervised<T>(work: () => Promise<T>): Promise<T> {
    if (lost !== undefined) throw lost;
    try {
      return await work();
    } catch (error) {
      const told = explain(error, place);
      if (isFinal(told) && lost === undefined) {
        lost = told;
        for (const listener of listeners) listener(told);
      }
      throw lost ?? told;
    }
  }

  // INVARIANT: nothing is read or written but in the store that was claimed, whole as it was left.
  const run: Database["run"] = (work) =>
    engine.transaction(async (tx, _script, opened) => {
      verify(await opened);
      return work(tx);
    }, OPENING);

  function inOneGo(take: () => readonly Statement<unknown>[]): Promise<readonly unknown[]> {
    if (engine.atOnce === undefined) return run((tx) => inTurn(take(), tx));
    if (bound !== undefined) verify([{ store: bound }]);
    return engine.atOnce(take, bound === undefined ? "TRUE" : `EXISTS (${OPENING} WHERE store = '${bound.replaceAll("'", "''")}')`);
  }

  const one = together(inOneGo, run);
  return {
    run: (work) => supervised(() => run(work)),
    one: (statement) => supervised(() => one(statement)),
    statements: (text, values) => supervised(() => engine.statements(text, values)),
    bind: (id) => void (bound = id),
    onLost: (listener) => void listeners.push(listener),
    close: () => (lost === undefined ? engine.close() : Promise.resolve(engine.abandon())),
  };
}

async function inTurn(statements: readonly Statement<unknown>[], tx: Tx): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const statement of statements) answers.push(await statement(tx));
  return answers;
}

async function requireTables(engine: Engine, place: string): Promise<void> {
  const { rows } = await engine.statements("SELECT to_regclass('identity') IS NOT NULL AS made");
  if (rows[0].made !== true) throw unclaimed(place);
}

/** Whoever shares a store comes after the daemon whose store it is. */
export const unclaimed = (place: string): OpgError =>
  transientError("STORE_UNCLAIMED", `no daemon has used the store at ${place} yet`, { fix: "start opg run with the same store.url" });

/** Each file runs once, in the order of its number, in a transaction of its own. */
async function migrate(engine: Engine): Promise<void> {
  const done = await engine.transaction(async (tx, script) => {
    await script("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY)");
    const { rows } = (await tx.execute(sql`SELECT name FROM migrations`)) as unknown as { rows: { name: string }[] };
    return new Set(rows.map(({ name }) => name));
  });
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
  for (const name of files.sort()) {
    if (done.has(name)) continue;
    const text = readFileSync(new URL(name, MIGRATIONS), "utf8");
    await engine.transaction(async (tx, script) => {
      await script(text);
      await tx.execute(sql`INSERT INTO migrations (name) VALUES (${name})`);
    });
  }
}
