import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Which store a data directory belongs to, written beside it when the store was first used. A store that is empty is new
 * only where there is no mark; else it was emptied.
 */
export const markFile = (directory: string): string => join(directory, "store-id");

export function readMark(directory: string): string | undefined {
  try {
    return readFileSync(markFile(directory), "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export function writeMark(directory: string, id: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${markFile(directory)}.new`;
  writeFileSync(draft, `${id}\n`, { flush: true });
  renameSync(draft, markFile(directory));
}
