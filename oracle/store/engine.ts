import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

export type Tx = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** One statement that stands by itself. */
export type Statement<T> = (tx: Tx) => PromiseLike<T>;

/** Runs a script of several statements within the transaction. */
export type Script = (sql: string) => Promise<void>;

/** `opened`: the rows of the opening statement. */
export type Work<T> = (tx: Tx, script: Script, opened: Promise<readonly Row[]>) => Promise<T>;

export type Row = Readonly<Record<string, unknown>>;

/** A database that nobody else writes to while it is open. Its errors are those of the driver. */
export interface Engine {
  /**
   * One transaction after the other, each whole or not at all. After one that failed the next may succeed. The first
   * statement of it may be given as `opening`: it travels with the BEGIN, and its rows are handed to the work. As long as
   * the session lasts, `tx` is the same object.
   */
  transaction<T>(work: Work<T>, opening?: string): Promise<T>;
  /**
   * The statements that are there when their turn comes, as one transaction that is said in one go: all of them, or none
   * where one fails or the condition does not hold. Undefined where nothing may be asked before what came before it is
   * answered.
   */
  readonly atOnce: ((take: () => readonly Statement<unknown>[], condition: string) => Promise<readonly unknown[]>) | undefined;
  /** Statements that make their own transaction, if they need one: for a library that brings its tables along. */
  statements(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
  /** The tables are in place: from now on, what lies under them is watched. */
  watch(): Promise<void>;
  /** Waits for what is under way and leaves the database in order. */
  close(): Promise<void>;
  /** Lets go of a database that is no longer in order, without writing to it. */
  abandon(): void;
}
