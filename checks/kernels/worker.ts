/** A worker of main.ts: compares a kernel on the ranges that it is sent, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { kernelNode } from "../../core/compile/kernels.ts";
import { Bench, type Range } from "./sweep.ts";

const { name, length } = workerData as { name: string; length: number };
const bench = await Bench.open(kernelNode(name, length));
parentPort!.on("message", (range: Range) => void bench.range(range).then((comparison) => parentPort!.postMessage(comparison)));
parentPort!.postMessage(undefined);
