/** Figures kept in the repository: a change shows in the diff. `UPDATE_SNAPSHOTS=1` rewrites them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = join(import.meta.dirname, "..", "snapshots");

/** The stored figures of `name`, after storing `actual` when asked to or when there are none yet. */
export function snapshot(name: string, actual: Record<string, number>): Record<string, number> {
  const file = join(folder, `${name}.json`);
  if (process.env.UPDATE_SNAPSHOTS === "1" || !existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(actual, null, 2)}\n`);
  }
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
}
