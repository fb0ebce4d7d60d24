import { randomUUID } from "node:crypto";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { inOnePiece } from "../../core/bytes.ts";
import type { ModelBytes } from "../ports.ts";
import type { RuntimeRequest, Tensors } from "./runtimeMessages.ts";

/**
 * Bytes on their way to another process: in the message, or in a file that whoever opens the parcel removes.
 * Rationale: a message is copied several times on its way; a file of the system's cache once.
 */
export type Parcel = Uint8Array | { readonly path: string };

const LARGE = 2 ** 20;

/**
 * @param bytes in one piece or in parts
 * @param folder that both processes can write to
 */
export async function pack(bytes: ModelBytes, folder: string): Promise<Parcel> {
  const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
  if (parts.reduce((sum, { length }) => sum + length, 0) < LARGE) return inOnePiece(bytes);
  return parcelBy(folder, async (path) => {
    const file = await open(path, "wx");
    try {
      for (const part of parts) await file.writeFile(part);
    } finally {
      await file.close();
    }
  });
}

/** A file of that folder as a parcel. */
export async function parcelBy(folder: string, write: (path: string) => Promise<void>): Promise<Parcel> {
  const path = join(folder, randomUUID());
  await write(path);
  return { path };
}

export async function unpack(parcel: Parcel): Promise<Uint8Array> {
  if (parcel instanceof Uint8Array) return parcel;
  const bytes = await readFile(parcel.path);
  await rm(parcel.path);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Removes the files of models that were read where they lay. */
export async function dispose(...parcels: readonly Parcel[]): Promise<void> {
  for (const parcel of parcels) if (!(parcel instanceof Uint8Array)) await rm(parcel.path, { force: true });
}

/** The same tensors with their bytes packed or unpacked. */
export async function tensorsBy<A, B>(tensors: Tensors<A>, by: (bytes: A) => Promise<B>): Promise<Tensors<B>> {
  const carried = new Map<string, { dtype: number; dims: readonly number[]; data: B }>();
  for (const [name, { dtype, dims, data }] of tensors) carried.set(name, { dtype, dims, data: await by(data) });
  return carried;
}

/** The same request with the bytes of tensors, and those of models, packed or unpacked. */
export async function requestBy<A, B, C, D>(request: RuntimeRequest<A, C>, by: (bytes: A) => Promise<B>, byModel: (model: C) => Promise<D>): Promise<RuntimeRequest<B, D>> {
  switch (request.op) {
    case "open":
    case "optimise":
      return { ...request, model: await byModel(request.model) };
    case "run":
      return { ...request, feeds: await tensorsBy(request.feeds, by) };
    case "compare":
      return { ...request, source: await byModel(request.source), canonical: await byModel(request.canonical), feeds: await tensorsBy(request.feeds, by) };
    case "release":
      return request;
  }
}
