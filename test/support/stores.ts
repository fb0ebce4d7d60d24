import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../oracle/ports.ts";
import { openStore } from "../../oracle/store/store.ts";
import { sharedPostgres } from "./postgres.ts";

/** Every database that the store runs on: the embedded one, and a server. */
export const STORES: readonly { readonly name: string; readonly open: () => Promise<Store> }[] = [
  { name: "PGlite", open: emptyStore },
  { name: "PostgreSQL", open: async () => openStore({ url: await (await sharedPostgres()).database() }) },
];

/** An empty embedded store of its own. On a copy of the files of one, for initdb takes two seconds. */
export async function emptyStore(): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), "opg-store-"));
  await emptyDataDirectory(directory);
  const store = await openStore({ directory });
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { ...store, close };
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
