import { copyFile, mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { inputError, refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { decodeModel, externalLocations } from "../../core/onnx/model.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import { cidOf } from "./cid.ts";
import { download, sha256OfFile, statedDigest, type Downloaded } from "./download.ts";
import type { ModelSource } from "./modelSource.ts";

export interface Importing {
  readonly source: ModelSource;
  /** Folder that the files are put into. */
  readonly folder: string;
  /** Bytes of the model and of all its external data together. */
  readonly maxBytes: number;
  /** SHA-256 that the model file must have. */
  readonly sha256?: Hex;
  readonly onProgress?: (file: string, done: number, total: number | undefined) => void;
}

export interface Imported extends Downloaded {
  /** Address on IPFS under which the model file would be found. */
  readonly cid: string;
  /** Files with its external data, beside it. */
  readonly external: readonly Downloaded[];
}

/** Brings a model and its external data into a folder, each file whole and checked. */
export async function importModel({ source, folder, maxBytes, sha256, onProgress }: Importing): Promise<Imported> {
  const name = basename(source.kind === "path" ? source.path : decodeURIComponent(source.url.pathname));
  if (name === "" || name === "/") throw inputError("IMPORT_SOURCE", "the address names no file", { fix: "name the .onnx file itself" });
  let left = maxBytes;
  const bring = async (location: string, digest: Hex | undefined): Promise<Downloaded> => {
    const path = location === "" ? join(folder, name) : join(folder, location);
    const brought = await bringFile(source, location, { path, maxBytes: left, sha256: digest, onProgress: (done, total) => onProgress?.(basename(path), done, total) });
    left -= brought.bytes;
    return brought;
  };
  const isHub = source.kind === "url" && source.isHub;
  const model = await bring("", sha256 ?? (isHub ? await statedDigest(source.url, source.token) : undefined));
  const content = new Uint8Array(await readFile(model.path));
  const external: Downloaded[] = [];
  for (const location of externalLocations(decodeModel(content, true))) {
    // INVARIANT: nothing is written outside the folder, whatever a model names.
    if (location === "" || isAbsolute(location) || /^[A-Za-z]:|[\\?#]/.test(location) || normalize(location).startsWith("..")) {
      throw inputError("IMPORT_LOCATION", `the model names external data outside its folder: "${location.slice(0, 80)}"`, { fix: "save it with its data beside it" });
    }
    external.push(await bring(normalize(location), undefined));
  }
  return { ...model, cid: cidOf(content), external };
}

type Target = { readonly path: string; readonly maxBytes: number; readonly sha256?: Hex; readonly onProgress: (done: number, total: number | undefined) => void };

/** @param location of external data, as seen from the model; empty for the model itself */
async function bringFile(source: ModelSource, location: string, target: Target): Promise<Downloaded> {
  if (source.kind === "path") return copy(join(dirname(source.path), location === "" ? basename(source.path) : location), target);
  const url = new URL(source.url);
  if (location !== "") url.pathname = `${dirname(url.pathname)}/${location.split("/").map(encodeURIComponent).join("/")}`.replace(/^\/\//, "/");
  return download({ ...target, url, ...(source.token !== undefined && { token: source.token }) });
}

async function copy(from: string, { path, maxBytes, sha256, onProgress }: Target): Promise<Downloaded> {
  const found = await stat(from).catch((error: unknown) => {
    throw inputError("FILE_UNREADABLE", `cannot read ${from}: ${reasonOf(error)}`, { fix: "check the path" });
  });
  if (!found.isFile()) throw inputError("FILE_UNREADABLE", `${from} is no regular file`, { fix: "check the path" });
  if (found.size > maxBytes) throw refusedError("IMPORT_TOO_LARGE", `${from} is larger than ${maxBytes} bytes`, { fix: "raise --max-bytes if it is the file that you want" });
  const digest = await sha256OfFile(from);
  if (sha256 !== undefined && digest !== sha256) {
    throw refusedError("IMPORT_DIGEST", `${from} has SHA-256 ${digest.slice(2)}, not ${sha256.slice(2)}`, { fix: "check the path and the digest" });
  }
  if (resolve(from) !== resolve(path)) {
    await mkdir(dirname(path), { recursive: true });
    await copyFile(from, path);
  }
  onProgress(found.size, found.size);
  return { path, bytes: found.size, sha256: digest };
}
