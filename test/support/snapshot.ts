/** Figures kept in the repository: a change shows in the diff. `UPDATE_SNAPSHOTS=1` rewrites them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";

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

/** As stored, but for the clock's zero bytes: they are cheaper calldata. */
export function expectUnchanged(name: string, actual: Record<string, number>, tolerance = 100): void {
  const stored = snapshot(name, actual);
  expect(Object.keys(actual)).to.deep.equal(Object.keys(stored));
  for (const [key, value] of Object.entries(actual)) expect(value, `${key}, see ${name}.json (UPDATE_SNAPSHOTS=1 rewrites it)`).to.be.closeTo(stored[key], tolerance);
}
