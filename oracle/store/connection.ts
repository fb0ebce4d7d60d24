import { Client } from "pg";
import { displayUrl } from "../../core/secrets.ts";
import { refusedError } from "../../core/errors.ts";
import { loadPostgres } from "./drizzle.ts";
import type { Tx } from "./engine.ts";
import { storeError } from "./storeError.ts";

/** Any two daemons of this project contend for this one number; its value means nothing. */
const ADVISORY_LOCK = 0x6f7067;

const CONNECT_MS = 10_000;
/** How long a lock is waited for that a session of ours, or of a daemon that was just killed, may still hold. */
const LOCK_TRIES = 20;
const LOCK_PAUSE_MS = 150;

/** A session of the server, by what no later one shares with it. */
export interface Session {
  readonly pid: number;
  readonly started: string;
}

export interface Connection {
  readonly client: Client;
  readonly session: Session;
  readonly tx: Tx;
}

export interface ServerOptions {
  readonly statementMs: number;
  /** Reads, and writes what any number of processes may write, beside the daemon that holds the lock. */
  readonly shares: boolean;
}

/** The one connection to a server, made anew when it was lost, with the advisory lock unless the store is shared. */
export class Reconnecting {
  readonly #url: string;
  readonly #options: ServerOptions;
  #open: Connection | undefined;
  #former: Session | undefined;

  constructor(url: string, options: ServerOptions) {
    this.#url = url;
    this.#options = options;
  }

  async get(): Promise<Connection> {
    return this.#open ?? (await this.#connect());
  }

  /** This connection is not used any more. */
  drop(gone: Client): void {
    if (this.#open?.client === gone) this.#open = undefined;
    gone.end().catch(() => undefined);
  }

  /** Lets go without waiting for the server. */
  abandon(): void {
    if (this.#open !== undefined) this.drop(this.#open.client);
  }

  async close(): Promise<void> {
    const last = this.#open;
    this.#open = undefined;
    await last?.client.end().catch(() => undefined);
  }

  async #connect(): Promise<Connection> {
    const client = new Client({
      connectionString: this.#url,
      // Statements leave without waiting for the answers to those before them.
      pipeline: true,
      application_name: "opg",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: this.#options.statementMs,
    });
    // A connection that drops while nothing is asked of it says so here; unheard, it would end the process.
    client.on("error", () => this.drop(client));
    client.on("end", () => this.drop(client));
    try {
      await client.connect();
      const place = displayUrl(this.#url);
      const session = await (this.#options.shares ? sessionOf(client) : takeLock(client, this.#former, place));
      this.#former = session;
      return (this.#open = { client, session, tx: loadPostgres().drizzle(client) as unknown as Tx });
    } catch (error) {
      this.drop(client);
      throw error;
    }
  }
}

/** Takes the lock for this connection, from a session of our own that the server has not yet noticed to be gone if need be. */
export async function takeLock(client: Pick<Client, "query">, former: Session | undefined, place: string): Promise<Session> {
  // Within half a minute the server notices that a peer vanished without a word, and gives its lock back.
  await client.query("SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3");
  const own = await sessionOf(client);
  for (let tries = 0; ; tries++) {
    const { rows } = await client.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS locked`);
    if (rows[0].locked) return own;
    const holders = tries < LOCK_TRIES ? [] : await holdersOf(client);
    if (former !== undefined && holders.some(({ pid }) => pid === former.pid)) {
      throw storeError("unreachable", place, "the server still holds its lock for a connection of this daemon that was lost");
    }
    if (holders.length > 0) throw refusedError("STORE_TAKEN", `another opg took the store at ${place}`, { fix: "run one of them only" });
    if (former !== undefined) {
      const same = "pid = $1 AND backend_start::text = $2";
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${same}`, [former.pid, former.started]);
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
}

/** Who holds the lock: at most one session, or nobody any more. */
async function holdersOf(client: Pick<Client, "query">): Promise<readonly { readonly pid: number }[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = ${ADVISORY_LOCK} AND objsubid = 1
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows;
}

async function sessionOf(client: Pick<Client, "query">): Promise<Session> {
  const { rows } = await client.query<Session>(
    "SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()",
  );
  return rows[0];
}
