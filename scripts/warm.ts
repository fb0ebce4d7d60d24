/** Loads what opg loads, so that Node's compile cache holds it (oracle/node.mjs says where). */
import { globSync } from "node:fs";
import { join } from "node:path";

const oracle = join(import.meta.dirname, "..", "oracle");
for (const file of ["cli.ts", "main.ts", ...globSync("cli/*.ts", { cwd: oracle })]) await import(join(oracle, file));
