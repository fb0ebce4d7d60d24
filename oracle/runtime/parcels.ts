import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimeRequest, Tensors } from "./runtimeMessages.ts";

/**
 * Bytes on their way to another process: in the message, or in a file that whoever opens the parcel removes.
 * Rationale: a message is copied several times on its way; a file of the system's cache once.
 */
export type Parcel = Uint8Array | { readonly path: string };

const LARGE = 2 ** 20;

/** @param folder that both processes can write to */
export async function pack(bytes: Uint8Array, folder: string): Promise<Parcel> {
  if (bytes.length < LARGE) return bytes;
  const path = join(folder, randomUUID());
  await writeFile(path, bytes);
  return { path };
}

export async function unpack(parcel: Parcel): Promise<Uint8Array> {
  if (parcel instanceof Uint8Array) return parcel;
  const bytes = await readFile(parcel.path);
  await rm(parcel.path);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same tensors with their bytes packed or unpacked. */
export async function tensorsBy<A, B>(tensors: Tensors<A>, by: (bytes: A) => Promise<B>): Promise<Tensors<B>> {
  const carried = new Map<string, { dtype: number; dims: readonly number[]; data: B }>();
  for (const [name, { dtype, dims, data }] of tensors) carried.set(name, { dtype, dims, data: await by(data) });
  return carried;
}

/** The same request with its bytes packed or unpacked. */
export async function requestBy<A, B>(request: RuntimeRequest<A>, by: (bytes: A) => Promise<B>): Promise<RuntimeRequest<B>> {
  switch (request.op) {
    case "open":
    case "optimise":
      return { ...request, model: await by(request.model) };
    case "run":
      return { ...request, feeds: await tensorsBy(request.feeds, by) };
    case "compare":
      return { ...request, source: await by(request.source), canonical: await by(request.canonical), feeds: await tensorsBy(request.feeds, by) };
    case "release":
      return request;
  }
}
