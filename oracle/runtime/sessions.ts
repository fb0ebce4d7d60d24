import type { RuntimeSession } from "../ports.ts";
import { measure } from "./costMeter.ts";
import type { GivenModel } from "./names.ts";
import { ortRuntime } from "./ort.ts";
import type { RuntimeReply, RuntimeRequest } from "./runtimeMessages.ts";

/** The thread or process was started anew since the session was opened. */
class SessionLost extends Error {}

/** Sessions of one thread or process by their numbers, and the answers to what is asked of them. */
const sessions = new Map<number, RuntimeSession>();

export async function answer(request: RuntimeRequest<Uint8Array, GivenModel>): Promise<unknown> {
  switch (request.op) {
    case "optimise":
      return ortRuntime.optimise(request.model, request.level);
    case "compare":
      return measure(request.source, request.canonical, request.feeds);
    case "open": {
      const session = await ortRuntime.open(request.model, request.options);
      sessions.set(request.session, session);
      return { inputs: session.inputs, outputs: session.outputs };
    }
    case "run": {
      const session = sessions.get(request.session);
      if (session === undefined) throw new SessionLost("the session ended with what it was opened in");
      return session.run(request.feeds, request.outputs);
    }
    case "release": {
      const session = sessions.get(request.session);
      sessions.delete(request.session);
      return session?.release();
    }
  }
}

/** The reply that tells of a failure. */
export function failed(call: number, error: unknown): RuntimeReply {
  const message = error instanceof Error ? error.message : String(error);
  return { call, ok: false, message, lost: error instanceof SessionLost };
}
