/** A worker in a process of its own, for workers.ts: `workerProcess.ts STORE_URL PLACES CANONICAL PROGRAM [PRETENDED_MS]`. */
import { readFileSync } from "node:fs";
import { rebuild } from "../../core/compile/rebuild.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { work } from "./operator.ts";

const [url, places, canonical, program, pretended] = process.argv.slice(2);
const read = (file: string) => new Uint8Array(readFileSync(file));
await work(await rebuild(read(canonical), read(program), ortRuntime), url, Number(places), pretended === undefined ? undefined : Number(pretended));
