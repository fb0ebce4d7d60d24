import type { Client } from "pg";
import { inputError, OpgError, refusedError } from "../../core/errors.ts";
import { displayUrl } from "../../core/secrets.ts";
import { Reconnecting } from "./connection.ts";
import type { Connection, ServerOptions } from "./connection.ts";
import type { Engine, Row, Statement, Work } from "./engine.ts";
import { endsSession, reasonOf } from "./faults.ts";
import { createTurns } from "./turns.ts";

/**
 * A PostgreSQL server, through one connection, which holds an advisory lock unless it shares the store.
 *
 * INVARIANT: every transaction runs in the session that holds the lock. A lost connection takes the lock along, and with
 * it everything that was under way; so no daemon writes while another one may hold the store.
 */
export async function openServer(url: string, options: ServerOptions): Promise<Engine> {
  const place = displayUrl(url);
  const connection = new Reconnecting(url, options);
  const inTurn = createTurns();

  async function transaction<T>(work: Work<T>, opening: string): Promise<T> {
    const { client, session, tx } = await connection.get();
    try {
      const opened = begin(client, opening, session.pid, place);
      const result = await work(tx, async (text) => void (await client.query(text)), opened);
      // INVARIANT: what another session did than the one with the lock is not committed.
      await opened;
      await client.query("COMMIT");
      return result;
    } catch (error) {
      if (endsSession(error)) connection.drop(client);
      else await client.query("ROLLBACK").catch(() => connection.drop(client));
      throw error;
    }
  }

  async function atOnce(take: () => readonly Statement<unknown>[], condition: string): Promise<readonly unknown[]> {
    const using = await connection.get();
    const [begun, ...answers] = await Promise.allSettled(sayAtOnce(using, take(), condition));
    const failed = [begun, ...answers].find((each) => each.status === "rejected");
    if (failed === undefined) return answers.slice(0, -1).map((each) => (each as PromiseFulfilledResult<unknown>).value);
    if (endsSession(failed.reason)) connection.drop(using.client);
    throw failed.reason;
  }

  await connection.get().catch((error: unknown) => {
    throw atStart(error, place);
  });
  return {
    transaction: (work, opening = "") => inTurn(() => transaction(work, opening)),
    atOnce: (take, condition) => inTurn(() => atOnce(take, condition)),
    statements: (text, values = []) => inTurn(async () => (await connection.get()).client.query<Row>(text, [...values])),
    watch: () => Promise.resolve(),
    close: () => inTurn(() => connection.close()),
    abandon: () => connection.abandon(),
  };
}

/** Begins a transaction in the session with this process id, and gives the rows of its first statement. */
function begin(client: Client, opening: string, pid: number, place: string): Promise<Row[]> {
  // Several statements in one message: the driver's types know of one result only.
  const begun = client.query(`BEGIN; SELECT pg_backend_pid() AS pid; ${opening}`) as unknown as Promise<{ rows: Row[] }[]>;
  const opened = begun.then((results) => {
    if (results[1].rows[0].pid !== pid) throw pooled(place);
    return results.at(-1)!.rows;
  });
  // Where the work fails first, nobody waits for this.
  opened.catch(() => undefined);
  return opened;
}

/** A whole transaction in one write: every write wakes the server. */
function sayAtOnce({ client, session, tx }: Connection, statements: readonly Statement<unknown>[], condition: string): PromiseLike<unknown>[] {
  // INVARIANT: in another session than the one with the lock, or where the condition does not hold, the division fails, and
  // with it everything behind it: a COMMIT then rolls back.
  const guard = `SELECT 1 / (CASE WHEN pg_backend_pid() = ${session.pid} AND (${condition}) THEN 1 ELSE 0 END)`;
  const { stream } = client.connection;
  stream.cork();
  try {
    const begun = client.query(`BEGIN; ${guard}`);
    let end = "COMMIT";
    const answers = statements.map((statement): PromiseLike<unknown> => {
      try {
        // A query of drizzle's is said when somebody waits for it, and no sooner.
        return statement(tx).then((answer) => answer);
      } catch (error) {
        end = "ROLLBACK";
        return Promise.reject(error as Error);
      }
    });
    return [begun, ...answers, client.query(end)];
  } finally {
    stream.uncork();
  }
}

function atStart(error: unknown, place: string): unknown {
  if (error instanceof OpgError && error.code === "STORE_TAKEN") {
    return inputError("STORE_IN_USE", `another opg uses the store at ${place}`, { fix: "stop it, or give this one a database of its own" });
  }
  if (error instanceof OpgError) return error;
  return inputError("STORE_UNREACHABLE", `cannot connect to the store at ${place}: ${reasonOf(error)}`, {
    fix: "check store.url and that the server is running",
  });
}

const pooled = (place: string): OpgError =>
  refusedError("STORE_TAKEN", `at ${place} every transaction gets another connection, so that no lock holds`, {
    fix: "let store.url name the server itself, or a pooler that pools sessions",
  });
