import { createRequire } from "node:module";
import { join } from "node:path";
import type * as pgliteModule from "@electric-sql/pglite";
import { provideCluster } from "./cluster.mjs";

/** One client that reads and writes small rows. What initdb makes of the defaults is 160 MiB, most of it touched. */
const SETTINGS = ["shared_buffers=4MB"];

// Rationale: drizzle's driver requires it too, and an import would be a second copy.
const { PGlite } = createRequire(import.meta.url)("@electric-sql/pglite") as typeof pgliteModule;

/** PostgreSQL inside this process, in `directory` or, without one, in memory. */
export async function openPglite(directory: string | undefined): Promise<pgliteModule.PGlite> {
  const startParams = [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ["-c", setting])];
  const folder = directory && join(directory, "db");
  if (folder !== undefined) await provideCluster(folder);
  const client = new PGlite({ startParams, ...(folder !== undefined && { dataDir: folder }) });
  await client.waitReady;
  return client;
}
