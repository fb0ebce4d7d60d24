/** The inside of a process that runs the runtime on foreign files: one question after the other. Its argument is a folder for parcels. */
import type { RuntimeTensor } from "../ports.ts";
import { holdOnTo } from "../lifeline.mjs";
import { pack, requestBy, tensorsBy, unpack, type Parcel } from "./parcels.ts";
import { answer, failed } from "./sessions.ts";
import { STARTED, type RuntimeReply, type RuntimeRequest } from "./runtimeMessages.ts";

const [, , folder] = process.argv;
const packed = (bytes: Uint8Array): Promise<Parcel> => pack(bytes, folder);

/** What is answered, with its bytes packed. */
async function packedValue(op: RuntimeRequest["op"], value: unknown): Promise<unknown> {
  if (op === "optimise") return packed(value as Uint8Array);
  return op === "run" ? tensorsBy(value as ReadonlyMap<string, RuntimeTensor>, packed) : value;
}

async function reply(request: RuntimeRequest<Parcel> & { readonly call: number }): Promise<RuntimeReply> {
  const { call, op } = request;
  try {
    return { call, ok: true, value: await packedValue(op, await answer(await requestBy(request, unpack))) };
  } catch (error) {
    return failed(call, error);
  }
}

holdOnTo(process.env);
process.on("disconnect", () => process.exit());
process.on("message", (request: RuntimeRequest<Parcel> & { readonly call: number }) => {
  void reply(request).then((message) => process.send?.(message));
});
process.send?.(STARTED);
