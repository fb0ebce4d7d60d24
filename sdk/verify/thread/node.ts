import { parentPort, Worker } from "node:worker_threads";
import type { ServeJudging, StartJudging } from "../messages.ts";

export const startJudging: StartJudging = (given, heard, failed) => {
  const worker = new Worker(new URL("../worker.ts", import.meta.url));
  worker.on("message", heard);
  worker.on("error", failed);
  worker.postMessage(given);
  return { stop: () => void worker.terminate() };
};

export const serveJudging: ServeJudging = (answer) => {
  parentPort!.once("message", (given) => answer(given, (said) => parentPort!.postMessage(said)));
};
