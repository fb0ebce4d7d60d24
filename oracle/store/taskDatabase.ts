import { Pool } from "pg";
import type { Db } from "pg-boss";

/** Sessions of one process: the lanes and the outcomes ask side by side. */
const SESSIONS = 3;
/** Texts that are given a name; the queue has a dozen, made anew for each size of a batch. */
const NAMED = 256;
/** A statement by itself, which alone can be prepared. */
const SINGLE = /^\s*(?:with|select|insert|update|delete)\b[^;]*;?\s*$/i;

export interface TaskDatabase extends Db {
  close(): Promise<void>;
}

/** A PostgreSQL server for pg-boss. Rationale: its statements are long, and to read and plan one takes longer than to run it. */
export function openTaskDatabase(url: string, onTrouble: (error: unknown) => void): TaskDatabase {
  const pool = new Pool({ connectionString: url, max: SESSIONS, application_name: "opg tasks", connectionTimeoutMillis: 10_000 });
  pool.on("error", onTrouble);
  const names = new Map<string, string>();

  function nameOf(text: string): string | undefined {
    const known = names.get(text);
    if (known !== undefined || names.size >= NAMED || !SINGLE.test(text)) return known;
    const name = `task_${names.size}`;
    names.set(text, name);
    return name;
  }

  return {
    executeSql(text, values) {
      const name = nameOf(text);
      return pool.query({ text, ...(name !== undefined && { name }), ...(values !== undefined && { values }) });
    },
    close: () => pool.end(),
  };
}
