/** A worker in a process of its own, for bench/workers.ts: `workerProcess.ts STORE_URL PLACES`. */
import { compile } from "../oracle/core/program/compile.ts";
import { ortRuntime } from "../oracle/runtime/ort.ts";
import { inferenceModel } from "./models.ts";
import { work } from "./operator.ts";

const [url, places] = process.argv.slice(2);
await work(await compile(inferenceModel(), { runtime: ortRuntime }), url, Number(places));
