import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { PGlite } from "@electric-sql/pglite";
import { provideCluster } from "./cluster.mjs";

/** One client that reads and writes small rows. What initdb makes of the defaults is 160 MiB, most of it touched. */
const SETTINGS = ["shared_buffers=4MB"];

/**
 * Rationale: once V8 sees that PostgreSQL's interpreter is a hot function, its optimising compiler takes half a gigabyte
 * for it, and the queries of a daemon are no faster for that (findings/pglite-tier-up.sh). It looks up these flags when
 * it compiles, so they hold for all WebAssembly of the process.
 */
const BASELINE_ONLY = ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"];

/** PostgreSQL inside this process, in `directory` or, without one, in memory. */
export async function openPglite(directory: string | undefined): Promise<PGlite> {
  BASELINE_ONLY.forEach(setFlagsFromString);
  const startParams = [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ["-c", setting])];
  const folder = directory && join(directory, "db");
  if (folder !== undefined) await provideCluster(folder);
  const client = new PGlite({ startParams, ...(folder !== undefined && { dataDir: folder }) });
  await client.waitReady;
  return client;
}
