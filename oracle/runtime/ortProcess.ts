/** The inside of a process that runs the runtime on foreign files: one question after the other. Its argument is a folder for parcels. */
import { free } from "../../core/bytes.ts";
import type { RuntimeTensor } from "../ports.ts";
import { holdOnTo } from "../lifeline.mjs";
import { optimiseInto } from "./ort.ts";
import { dispose, pack, parcelBy, requestBy, tensorsBy, unpack, type Parcel } from "./parcels.ts";
import { answer, failed } from "./sessions.ts";
import { STARTED, type RuntimeReply, type RuntimeRequest } from "./runtimeMessages.ts";

const [, , folder] = process.argv;
/** Packs a result, whose memory is free once it lies in a file. */
async function packed(bytes: Uint8Array): Promise<Parcel> {
  const parcel = await pack(bytes, folder);
  if (!(parcel instanceof Uint8Array)) free(bytes);
  return parcel;
}

/** The answer, with its bytes packed. */
async function packedAnswer(request: RuntimeRequest<Uint8Array, Parcel>): Promise<unknown> {
  // The runtime writes the optimised model to a file in any case.
  if (request.op === "optimise") return parcelBy(folder, (path) => optimiseInto(path, request.model, request.level));
  const value = await answer(request);
  return request.op === "run" ? tensorsBy(value as ReadonlyMap<string, RuntimeTensor>, packed) : value;
}

/** The models that the runtime reads where they lie, and does not need once it has answered. */
function modelsIn(request: RuntimeRequest<Parcel, Parcel>): readonly Parcel[] {
  if (request.op === "compare") return [request.source, request.canonical];
  return request.op === "open" || request.op === "optimise" ? [request.model] : [];
}

async function reply(request: RuntimeRequest<Parcel, Parcel> & { readonly call: number }): Promise<RuntimeReply> {
  const { call } = request;
  try {
    return { call, ok: true, value: await packedAnswer(await requestBy(request, unpack, (model: Parcel) => Promise.resolve(model))) };
  } catch (error) {
    return failed(call, error);
  } finally {
    await dispose(...modelsIn(request));
  }
}

holdOnTo(process.env);
process.on("disconnect", () => process.exit());
process.on("message", (request: RuntimeRequest<Parcel, Parcel> & { readonly call: number }) => {
  void reply(request).then((message) => process.send?.(message));
});
process.send?.(STARTED);
