import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import type { Store } from "../../oracle/ports.ts";
import { openStore } from "../../oracle/store/store.ts";

/** Every database that the store runs on here: the embedded one, and a server if the environment names one. */
export const STORES: readonly { readonly name: string; readonly open: () => Promise<Store> }[] = [
  { name: "PGlite", open: () => openStore({}) },
  ...(process.env.OPG_TEST_POSTGRES_URL === undefined ? [] : [{ name: "PostgreSQL", open: openServer }]),
];

if (process.env.OPG_TEST_POSTGRES_URL === undefined) {
  console.log("store: PostgreSQL is not tested, for OPG_TEST_POSTGRES_URL names no server");
}

async function openServer(): Promise<Store> {
  const url = process.env.OPG_TEST_POSTGRES_URL ?? "";
  const pool = new Pool({ connectionString: url });
  await pool.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  await pool.end();
  return openStore({ url });
}

let template: Promise<string> | undefined;

/** A data directory with an empty database in it. Copying one is much quicker than making one. */
export async function emptyDataDirectory(target: string): Promise<void> {
  template ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "opg-template-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    await (await openStore({ directory: folder })).close();
    return folder;
  })();
  cpSync(await template, target, { recursive: true });
}
