import { Worker } from "node:worker_threads";
import { transientError } from "../../core/errors.ts";
import type { Runtime, RuntimeSession, RuntimeTensor } from "../ports.ts";
import { ortRuntime } from "./ort.ts";
import type { Opened, RuntimeReply, RuntimeRequest } from "./runtimeMessages.ts";
// Rationale: nothing runs here, but what this process has compiled, a thread takes from Node's cache. Otherwise every
// thread holds the compiler that strips types, 12 MiB.
import "./ortWorker.ts";

/** One thread with its sessions. A thread that dies fails what was asked of it, and the next question starts another. */
class Thread {
  #worker: Worker | undefined;
  #calls = 0;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();

  ask(question: RuntimeRequest): Promise<unknown> {
    const worker = (this.#worker ??= this.#start());
    const call = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#pending.set(call, { resolve, reject });
      worker.ref();
      worker.postMessage({ ...question, call });
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./ortWorker.ts", import.meta.url));
    worker.unref();
    worker.on("message", (reply: RuntimeReply) => {
      const waiting = this.#pending.get(reply.call);
      this.#pending.delete(reply.call);
      if (this.#pending.size === 0) worker.unref();
      if (reply.ok) waiting?.resolve(reply.value);
      else waiting?.reject(reply.lost ? transientError("RUNTIME_LOST", reply.message) : new Error(reply.message));
    });
    const lost = (why: string) => {
      if (this.#worker === worker) this.#worker = undefined;
      const waiting = [...this.#pending.values()];
      this.#pending.clear();
      for (const { reject } of waiting) reject(transientError("RUNTIME_LOST", `the inference thread ended: ${why}`));
    };
    worker.on("error", (error: Error) => lost(error.message));
    worker.on("exit", (code) => lost(`exit code ${code}`));
    return worker;
  }
}

/** onnxruntime on threads of its own, so that inference neither waits for the event loop nor holds it up. */
export function createWorkerRuntime(threads: number): Runtime & { close(): Promise<void> } {
  const pool = Array.from({ length: threads }, () => new Thread());
  let sessions = 0;
  const held = new Map<Thread, number>(pool.map((thread) => [thread, 0]));

  /** The thread with the fewest sessions: those of one model come to stand side by side. */
  const choose = () => pool.reduce((best, thread) => (held.get(thread)! < held.get(best)! ? thread : best));

  return {
    name: ortRuntime.name,
    async optimise(model, level) {
      return (await choose().ask({ op: "optimise", model, level })) as Uint8Array;
    },
    async open(model, options = {}): Promise<RuntimeSession> {
      const thread = choose();
      const session = ++sessions;
      held.set(thread, held.get(thread)! + 1);
      const leave = () => held.set(thread, held.get(thread)! - 1);
      let opened: Opened;
      try {
        opened = (await thread.ask({ op: "open", session, model, options })) as Opened;
      } catch (error) {
        leave();
        throw error;
      }
      return {
        ...opened,
        run: async (feeds, outputs) =>
          (await thread.ask({ op: "run", session, feeds, outputs })) as Map<string, RuntimeTensor>,
        release: async () => {
          leave();
          await thread.ask({ op: "release", session });
        },
      };
    },
    async close() {
      await Promise.all(pool.map((thread) => thread.close()));
    },
  };
}
