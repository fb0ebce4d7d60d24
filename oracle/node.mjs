// Which Node runs opg, and how it is started.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** For a process in which the embedded PostgreSQL runs, which is WebAssembly. */
export const WASM_FLAGS = [
  // V8's optimising compiler would take half a gigabyte for its interpreter, and the queries of a daemon are no faster for
  // that (findings/pglite-tier-up.sh).
  "--no-wasm-tier-up",
  "--no-wasm-dynamic-tiering",
  // Node 24 may end with a failed check when it gives back memory of compiled WebAssembly (nodejs/node#64500).
  "--no-wasm-code-gc",
  "--no-flush-liftoff-code",
];

// Little memory: a heap that is swept before it grows, and a malloc that gives back what was freed. All of it must be
// said before the process starts, and flags that change later would make Node's compile cache useless to threads.
export const FLAGS = [
  "--max-semi-space-size=1",
  "--heap-growing-percent=20",
  "--optimize-for-size",
  "--v8-pool-size=1",
  ...WASM_FLAGS,
];
export const ENVIRONMENT = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  // What was compiled once is read from here: quicker, and the compiler that strips types is not held in memory.
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/opg/compiled", import.meta.url)),
};

/**
 * A Node that runs TypeScript as it is (22.18 and later): this one, or the one that npm installed beside the project.
 * Rationale: what is published is compiled and could do with 22.13, whose SQLite needs no flag; one rule is simpler than two.
 */
export function chooseNode() {
  if (process.features.typescript) return { node: process.execPath, flags: [...process.execArgv, ...FLAGS] };
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`));
    return { node: join(folder, "bin", "node"), flags: FLAGS };
  } catch {
    return undefined;
  }
}
