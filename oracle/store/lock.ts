import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inputError } from "../../core/errors.ts";
import { reasonOf } from "../../core/systemErrors.ts";

/** Results of SQLite: somebody else holds the file; the file is none of SQLite's. */
const BUSY = 5;
const NOT_A_DATABASE = 26;

/** Locks of this process: one that nobody refers to would be closed, and its lock gone, when memory is tidied up. */
const locks = new Set<DatabaseSync>();

/**
 * One daemon per data directory: the embedded database does not survive two. Returns the function that gives it back.
 *
 * Rationale: what is held is a lock of the operating system on an open file, which SQLite takes and the kernel gives back
 * when the process ends, however it ends. A number in a file would say nothing: after a crash another process may have it,
 * and in a container it is always the same. It holds between containers that share the directory, and over a network
 * mount as far as that passes locks on.
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, "daemon.lock");
  const note = join(directory, "lock");
  let held: DatabaseSync;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    held = hold(file);
    locks.add(held);
  } catch (error) {
    if (resultOf(error) === BUSY) {
      throw inputError("DATA_DIR_IN_USE", `another opg${holderIn(note)} uses ${directory}`, {
        fix: "stop it, or give this one another dataDir",
      });
    }
    throw inputError("DATA_DIR_UNUSABLE", `cannot lock ${directory}: ${reasonOf(error)}`, {
      fix: "let dataDir be a directory of this user, on a disk that is not full and has file locks",
      cause: error,
    });
  }
  // Only for the message above; the lock does not hang on it.
  try {
    writeFileSync(note, `${process.pid} on ${hostname()}\n`);
  } catch {
    // A full disk is told by the store, with what to do about it.
  }
  return () => {
    rmSync(note, { force: true });
    locks.delete(held);
    held.close();
  };
}

function hold(file: string): DatabaseSync {
  try {
    return exclusively(file);
  } catch (error) {
    if (resultOf(error) !== NOT_A_DATABASE) throw error;
    // Nobody holds it, for then it could not have been read; what was written over it is of no use.
    truncateSync(file);
    return exclusively(file);
  }
}

function exclusively(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite's result without the details in its upper bits. */
const resultOf = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === "number" ? code & 0xff : undefined;
};

function holderIn(note: string): string {
  try {
    const [, pid, host] = /^(\d+) on (\S+)\n$/.exec(readFileSync(note, "utf8")) ?? [];
    return pid === undefined ? "" : ` (process ${pid} on ${host})`;
  } catch {
    return "";
  }
}
