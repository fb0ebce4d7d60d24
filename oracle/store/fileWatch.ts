import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { storeError } from "./storeError.ts";

/** Says whether files that belong to an open database are still those that it opened. */
export interface FileWatch {
  check(): void;
}

/** Of a page of PostgreSQL: its size and layout, two bytes that are the same on every page; zero on one not yet used. */
const LAYOUT_AT = 18;
const LAYOUT = 0x2004;
/** Of the control file: the number that the database was born with. */
const SYSTEM_BYTES = 8;

/**
 * Rationale: a database that has its files open notices neither that they were deleted nor that they were overwritten;
 * it goes on from its memory, and what it writes is gone when it ends.
 */
export function watchFiles(folder: string, relations: readonly string[]): FileWatch {
  const control = "global/pg_control";
  const born = head(folder, control, SYSTEM_BYTES);
  const inodes = new Map([control, "PG_VERSION", ...relations].map((name) => [name, inodeOf(folder, name)]));
  let turn = 0;
  return {
    check() {
      for (const [name, inode] of inodes) {
        if (inodeOf(folder, name) !== inode) throw storeError("broken", folder, `${name} was replaced by another file`);
      }
      if (!head(folder, control, SYSTEM_BYTES).equals(born)) throw storeError("broken", folder, `${control} was overwritten`);
      // One relation each time: a round of them all takes no longer than the work of a few jobs.
      const name = relations[turn++ % relations.length];
      const page = head(folder, name, LAYOUT_AT + 2);
      const layout = page.length < LAYOUT_AT + 2 ? 0 : page.readUInt16LE(LAYOUT_AT);
      if (layout !== 0 && layout !== LAYOUT) throw storeError("broken", folder, `${name} was overwritten`);
    },
  };
}

function inodeOf(folder: string, name: string): bigint {
  const found = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
  if (found === undefined) throw storeError("emptied", folder, `${name} is gone`);
  return found.ino;
}

function head(folder: string, name: string, bytes: number): Buffer {
  const file = openSync(join(folder, name), "r");
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
