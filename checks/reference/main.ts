/** Writes the reference out of the contracts' sources and of the kit's: `npm run reference`. It is derived, and not committed. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contractPages } from "./contractPages.ts";
import { readReference } from "./contracts.ts";
import { writeSdkPages } from "./sdk.ts";

/** Puts `contracts/` and `sdk/` in the place of whatever a folder holds. */
export async function writeReference(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "contracts"), { recursive: true });
  for (const [name, text] of contractPages(readReference())) writeFileSync(join(folder, "contracts", name), text);
  await writeSdkPages(join(folder, "sdk"));
}

if (import.meta.main) await writeReference(join(import.meta.dirname, "..", "..", "docs", "reference"));
