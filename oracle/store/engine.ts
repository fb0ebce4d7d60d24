import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

export type Tx = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** Runs a script of several statements within the transaction. */
export type Script = (sql: string) => Promise<void>;

export type Work<T> = (tx: Tx, script: Script, opened: readonly Row[]) => Promise<T>;

export type Row = Readonly<Record<string, unknown>>;

/** A database that nobody else writes to while it is open. Its errors are those of the driver. */
export interface Engine {
  /**
   * One transaction after the other, each whole or not at all. After one that failed the next may succeed. The first
   * statement of it may be given as `opening`: it travels with the BEGIN, and its rows are handed to the work.
   */
  transaction<T>(work: Work<T>, opening?: string): Promise<T>;
  /** Statements that make their own transaction, if they need one: for a library that brings its tables along. */
  statements(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
  /** The tables are in place: from now on, what lies under them is watched. */
  watch(): Promise<void>;
  /** Waits for what is under way and leaves the database in order. */
  close(): Promise<void>;
  /** Lets go of a database that is no longer in order, without writing to it. */
  abandon(): void;
}
