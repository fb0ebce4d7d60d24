import { Fault } from "../fault.ts";
import type { Published, Question, Rebuilt, Reply } from "./messages.ts";

interface WorkOptions {
  readonly signal?: AbortSignal;
  /** Told the nodes that are done, and how many there are. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** What two published files are. */
export const rebuild = (published: Published, signal?: AbortSignal): Promise<Rebuilt> =>
  inWorker({ kind: "rebuild", published }, (reply) => (reply.kind === "rebuilt" ? reply.rebuilt : undefined), { signal });

/** The output of a run on an input, by the exact rules: bytes of all graph outputs. */
export const runLocally = (published: Published, input: Uint8Array, options: WorkOptions): Promise<Uint8Array> =>
  inWorker({ kind: "run", published, input }, (reply) => (reply.kind === "ran" ? reply.output : undefined), options);

/** Puts a question to a worker of its own, which ends with the answer or when the signal aborts. */
function inWorker<T>(question: Question, answerIn: (reply: Reply) => T | undefined, { signal, onProgress }: WorkOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(new URL("./modelWorker.ts", import.meta.url), { type: "module" });
    const end = (settle: () => void): void => {
      signal?.removeEventListener("abort", abort);
      worker.terminate();
      settle();
    };
    const abort = (): void => end(() => reject(signal!.reason as Error));
    const fail = (message: string): void => end(() => reject(new Fault(`the model cannot be read here: ${message}`, "use another version, or tell its publisher")));
    signal?.addEventListener("abort", abort, { once: true });
    worker.onerror = ({ message }) => fail(message || "the worker did not start");
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.kind === "progress") return onProgress?.(data.done, data.all);
      if (data.kind === "failed") return fail(data.message);
      end(() => resolve(answerIn(data)!));
    };
    worker.postMessage(question);
  });
}
