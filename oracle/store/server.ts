import { Client } from "pg";
import { loadPostgres } from "./drizzle.ts";
import { inputError, OpgError, refusedError } from "../core/errors.ts";
import { displayUrl } from "../core/secrets.ts";
import type { Engine, Row, Statement, Tx, Work } from "./engine.ts";
import { endsSession, reasonOf } from "./faults.ts";
import { storeError } from "./storeError.ts";
import { createTurns } from "./turns.ts";

/** Any two daemons of this project contend for this one number; its value means nothing. */
const ADVISORY_LOCK = 0x6f7067;

const CONNECT_MS = 10_000;
/** How long a lock is waited for that a session of ours, or of a daemon that was just killed, may still hold. */
const LOCK_TRIES = 20;
const LOCK_PAUSE_MS = 150;

/** A session of the server, by what no later one shares with it. */
interface Session {
  readonly pid: number;
  readonly started: string;
}

interface Connection {
  readonly client: Client;
  readonly tx: Tx;
}

export interface ServerOptions {
  readonly statementMs: number;
  /** Reads, and writes what any number of processes may write, beside the daemon that holds the lock. */
  readonly shares: boolean;
}

/**
 * A PostgreSQL server, through one connection, which holds an advisory lock unless it shares the store.
 *
 * INVARIANT: every transaction runs in the session that holds the lock. A lost connection takes the lock along, and with
 * it everything that was under way; so no daemon writes while another one may hold the store.
 */
export async function openServer(url: string, { statementMs, shares }: ServerOptions): Promise<Engine> {
  const place = displayUrl(url);
  let connection: Connection | undefined;
  let session: Session | undefined;
  const inTurn = createTurns();

  async function connect(): Promise<Connection> {
    const fresh = new Client({
      connectionString: url,
      // Statements leave without waiting for the answers to those before them.
      pipeline: true,
      application_name: "opg",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: statementMs,
    });
    // A connection that drops while nothing is asked of it says so here; unheard, it would end the process.
    fresh.on("error", () => drop(fresh));
    fresh.on("end", () => drop(fresh));
    try {
      await fresh.connect();
      session = await (shares ? sessionOf(fresh) : takeLock(fresh, session, place));
      return (connection = { client: fresh, tx: loadPostgres().drizzle(fresh) as unknown as Tx });
    } catch (error) {
      drop(fresh);
      throw error;
    }
  }

  function drop(gone: Client): void {
    if (connection?.client === gone) connection = undefined;
    gone.end().catch(() => undefined);
  }

  async function transaction<T>(work: Work<T>, opening: string): Promise<T> {
    const { client, tx } = connection ?? (await connect());
    try {
      const opened = begin(client, opening);
      const result = await work(tx, async (text) => void (await client.query(text)), opened);
      // INVARIANT: what another session did than the one with the lock is not committed.
      await opened;
      await client.query("COMMIT");
      return result;
    } catch (error) {
      if (endsSession(error)) drop(client);
      else await client.query("ROLLBACK").catch(() => drop(client));
      throw error;
    }
  }

  function begin(client: Client, opening: string): Promise<Row[]> {
    // Several statements in one message: the driver's types know of one result only.
    const begun = client.query(`BEGIN; SELECT pg_backend_pid() AS pid; ${opening}`) as unknown as Promise<{ rows: Row[] }[]>;
    const opened = begun.then((results) => {
      if (results[1].rows[0].pid !== session?.pid) throw pooled(place);
      return results.at(-1)!.rows;
    });
    // Where the work fails first, nobody waits for this.
    opened.catch(() => undefined);
    return opened;
  }

  async function atOnce(take: () => readonly Statement<unknown>[], condition: string): Promise<readonly unknown[]> {
    const { client, tx } = connection ?? (await connect());
    // INVARIANT: in another session than the one with the lock, or where the condition does not hold, the division fails, and
    // with it everything behind it.
    const guard = `SELECT 1 / (CASE WHEN pg_backend_pid() = ${session!.pid} AND (${condition}) THEN 1 ELSE 0 END)`;
    client.connection.stream.cork();
    const said = [client.query(`BEGIN; ${guard}`), ...take().map((statement) => statement(tx)), client.query("COMMIT")];
    client.connection.stream.uncork();
    const [begun, ...answers] = await Promise.allSettled(said);
    const failed = [begun, ...answers].find((each) => each.status === "rejected");
    if (failed === undefined) return answers.slice(0, -1).map((each) => (each as PromiseFulfilledResult<unknown>).value);
    if (endsSession(failed.reason)) drop(client);
    throw failed.reason;
  }

  await connect().catch((error: unknown) => {
    if (error instanceof OpgError && error.code === "STORE_TAKEN") {
      throw inputError("STORE_IN_USE", `another opg uses the store at ${place}`, { fix: "stop it, or give this one a database of its own" });
    }
    if (error instanceof OpgError) throw error;
    throw inputError("STORE_UNREACHABLE", `cannot connect to the store at ${place}: ${reasonOf(error)}`, {
      fix: "check store.url and that the server is running",
    });
  });

  return {
    transaction: (work, opening = "") => inTurn(() => transaction(work, opening)),
    atOnce: (take, condition) => inTurn(() => atOnce(take, condition)),
    statements: (text, values = []) => inTurn(async () => (connection ?? (await connect())).client.query<Row>(text, [...values])),
    watch: () => Promise.resolve(),
    close: () =>
      inTurn(async () => {
        const last = connection?.client;
        connection = undefined;
        await last?.end().catch(() => undefined);
      }),
    abandon: () => connection && drop(connection.client),
  };
}

/** Takes the lock for this connection, from a session of our own that the server has not yet noticed to be gone if need be. */
async function takeLock(client: Client, former: Session | undefined, place: string): Promise<Session> {
  // Within half a minute the server notices that a peer vanished without a word, and gives its lock back.
  await client.query("SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3");
  const own = await sessionOf(client);
  for (let tries = 0; ; tries++) {
    const { rows } = await client.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS locked`);
    if (rows[0].locked) return own;
    if (tries === LOCK_TRIES) break;
    if (former !== undefined) {
      const same = "pid = $1 AND backend_start::text = $2";
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${same}`, [former.pid, former.started]);
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
  const { rows: holders } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = ${ADVISORY_LOCK} AND objsubid = 1
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  if (holders.every(({ pid }) => pid === former?.pid)) {
    throw storeError("unreachable", place, "the server still holds its lock for a connection of this daemon that was lost");
  }
  throw refusedError("STORE_TAKEN", `another opg took the store at ${place}`, { fix: "run one of them only" });
}

async function sessionOf(client: Client): Promise<Session> {
  const { rows } = await client.query<Session>(
    "SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()",
  );
  return rows[0];
}

const pooled = (place: string): OpgError =>
  refusedError("STORE_TAKEN", `at ${place} every transaction gets another connection, so that no lock holds`, {
    fix: "let store.url name the server itself, or a pooler that pools sessions",
  });
