/** The inside of an inference thread: one question after the other. */
import { parentPort } from "node:worker_threads";
import type { RuntimeTensor } from "../ports.ts";
import { answer, failed } from "./sessions.ts";
import { shared } from "./sharedBytes.ts";
import type { RuntimeReply, RuntimeRequest } from "./runtimeMessages.ts";

/** A trace may have hundreds of megabytes, which would be copied twice on their way. */
const inSharedMemory = (results: ReadonlyMap<string, RuntimeTensor>): Map<string, RuntimeTensor> =>
  new Map([...results].map(([name, value]) => [name, { ...value, data: shared(value.data) }]));

parentPort?.on("message", (request: RuntimeRequest & { readonly call: number }) => {
  const { call } = request;
  const reply = (message: RuntimeReply) => parentPort?.postMessage(message);
  answer(request).then(
    (value) => reply({ call, ok: true, value: request.op === "run" && request.outputs !== undefined ? inSharedMemory(value as Map<string, RuntimeTensor>) : value }),
    (error: unknown) => reply(failed(call, error)),
  );
});
