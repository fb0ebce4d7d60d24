import type { ServeJudging, StartJudging } from "../messages.ts";

export const startJudging: StartJudging = (given, heard, failed) => {
  // Bundlers know a worker by this form.
  const worker = new Worker(new URL("../worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = (event) => failed(new Error(event.message || "the worker's script could not be loaded"));
  worker.postMessage(given);
  return { stop: () => worker.terminate() };
};

export const serveJudging: ServeJudging = (answer) => {
  globalThis.onmessage = ({ data }) => answer(data, (said) => globalThis.postMessage(said));
};
