/** The inside of an inference thread: sessions by number, one question after the other. */
import { parentPort } from "node:worker_threads";
import type { RuntimeSession } from "../ports.ts";
import { ortRuntime } from "./ort.ts";
import { shared } from "./sharedBytes.ts";
import type { WorkerReply, WorkerRequest } from "./workerMessages.ts";

/** The thread was started anew since the session was opened. */
class SessionLost extends Error {}

const sessions = new Map<number, RuntimeSession>();

async function answer(request: WorkerRequest): Promise<unknown> {
  switch (request.op) {
    case "optimise":
      return ortRuntime.optimise(request.model, request.level);
    case "open": {
      const session = await ortRuntime.open(request.model, request.options);
      sessions.set(request.session, session);
      return { inputs: session.inputs, outputs: session.outputs };
    }
    case "run": {
      const session = sessions.get(request.session);
      if (session === undefined) throw new SessionLost("the session ended with the thread it was opened on");
      const results = await session.run(request.feeds, request.outputs);
      // A trace may have hundreds of megabytes, which would be copied twice on their way.
      return request.outputs === undefined ? results : new Map([...results].map(([name, value]) => [name, { ...value, data: shared(value.data) }]));
    }
    case "release": {
      const session = sessions.get(request.session);
      sessions.delete(request.session);
      return session?.release();
    }
  }
}

parentPort?.on("message", (request: WorkerRequest) => {
  const { call } = request;
  answer(request).then(
    (value) => parentPort?.postMessage({ call, ok: true, value } satisfies WorkerReply),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      parentPort?.postMessage({ call, ok: false, message, lost: error instanceof SessionLost } satisfies WorkerReply);
    },
  );
});
