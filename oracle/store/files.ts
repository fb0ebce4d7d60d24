import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isTransient, messageOf, transientError } from "../../core/errors.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import { displayUrl } from "../../core/secrets.ts";
import { MAX_ADDRESSES, splitUris } from "../../core/uris.ts";
import type { Hex } from "../../core/hex.ts";
import type { Files } from "../ports.ts";
import { explain } from "./storeError.ts";

export interface FilesOptions {
  /** Content-addressed cache; without it everything is fetched each time. */
  readonly cache?: string;
  readonly timeoutMs: number;
  /** Where ipfs:// addresses are asked for, each in turn. */
  readonly ipfsGateways?: readonly string[];
}

/** Where a published file is kept, by its digest. */
export const cachePath = (cache: string, sha256: Hex): string => join(cache, sha256.slice(2));

export function createFiles(options: FilesOptions): Files {
  const { timeoutMs, ipfsGateways = [] } = options;
  return {
    async published(uris, sha256, maxBytes) {
      const cached = options.cache === undefined ? undefined : await readCached(cachePath(options.cache, sha256), sha256);
      if (cached !== undefined) return cached;
      const content = await firstOf(uris, ipfsGateways, async (uri) => {
        const fetched = await fetchUri(uri, maxBytes, timeoutMs);
        const digest = sha256Of(fetched);
        if (digest !== sha256) {
          throw transientError("FILE_DIGEST", `${displayUri(uri)} has SHA-256 ${digest}, not the published ${sha256}`);
        }
        return fetched;
      });
      if (options.cache !== undefined) await keep(options.cache, cachePath(options.cache, sha256), content);
      return content;
    },

    download(uris, length, isWanted = () => true) {
      return firstOf(uris, ipfsGateways, async (uri) => {
        const content = await fetchHttp(uri, length, timeoutMs);
        if (content.length !== length) {
          throw transientError("DOWNLOAD_LENGTH", `${displayUri(uri)} served ${content.length} bytes, not ${length}`);
        }
        if (!isWanted(content)) throw transientError("DOWNLOAD_CONTENT", `${displayUri(uri)} served other bytes than were committed to`);
        return content;
      });
    },
  };
}

/** Addresses as they are published; of ipfs, at every gateway. */
function addressesOf(uris: string, gateways: readonly string[]): string[] {
  const ipfs = /^ipfs:\/\/(?:ipfs\/)?(.+)$/;
  return splitUris(uris)
    .flatMap((uri) => {
      const path = ipfs.exec(uri)?.[1];
      return path === undefined ? [uri] : gateways.map((gateway) => `${gateway.replace(/\/$/, "")}/ipfs/${path}`);
    })
    .slice(0, MAX_ADDRESSES);
}

/** What the first address gives that has it; else why none does, which is true for this moment only. */
async function firstOf(uris: string, gateways: readonly string[], fetch: (uri: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const failures: unknown[] = [];
  for (const uri of addressesOf(uris, gateways)) {
    try {
      return await fetch(uri);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 0) {
    throw transientError("URI_UNUSABLE", `"${uris.slice(0, 80)}" names no address that can be asked`, {
      fix: "name http or https addresses; for ipfs:// set sources.ipfsGateways",
    });
  }
  if (failures.length === 1) throw failures[0];
  throw transientError("DOWNLOAD_FAILED", `none of ${failures.length} addresses has it: ${failures.map(messageOf).join("; ")}`);
}

/** Adds a file to the cache, so that the API serves it. */
export async function addToCache(cache: string, content: Uint8Array): Promise<Hex> {
  const digest = sha256Of(content);
  await keep(cache, cachePath(cache, digest), content);
  return digest;
}

export async function readPublished(cache: string, sha256: Hex) {
  const path = cachePath(cache, sha256);
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? { length: found.size, stream: createReadStream(path) } : undefined;
}

export const sha256Of = (content: Uint8Array): Hex => `0x${createHash("sha256").update(content).digest("hex")}`;

async function readCached(path: string, sha256: Hex): Promise<Uint8Array | undefined> {
  const content = await readFile(path).catch(() => undefined);
  return content !== undefined && sha256Of(content) === sha256 ? new Uint8Array(content) : undefined;
}

async function keep(cache: string, path: string, content: Uint8Array): Promise<void> {
  await mkdir(cache, { recursive: true });
  const draft = join(cache, `.${randomUUID()}`);
  await orRemove(draft, async () => {
    await writeFile(draft, content);
    await rename(draft, path);
  });
}

/** A draft that cannot be finished takes no room; a full disk is named, and true for the moment only. */
export async function orRemove(draft: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw explain(error, dirname(draft));
  }
}

async function fetchUri(uri: string, maxBytes: number, timeoutMs: number): Promise<Uint8Array> {
  return protocolOf(uri) === "file:" ? readLocal(uri, maxBytes) : fetchHttp(uri, maxBytes, timeoutMs);
}

async function readLocal(uri: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const file = await open(fileURLToPath(uri), "r");
    try {
      const { size } = await file.stat();
      // A device or a pipe has no size to check, and must not be read.
      if (!(await file.stat()).isFile()) throw new Error("is not a regular file");
      if (size > maxBytes) throw tooLong(uri, maxBytes);
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && error.name === "OpgError") throw error;
    throw transientError("FILE_UNREADABLE", `cannot read ${displayUri(uri)}: ${reasonOf(error)}`);
  }
}

async function fetchHttp(uri: string, maxBytes: number, timeoutMs: number): Promise<Uint8Array> {
  const protocol = protocolOf(uri);
  if (protocol !== "http:" && protocol !== "https:") {
    throw transientError("URI_SCHEME", `${displayUri(uri)} is not an address that can be downloaded from`, {
      fix: "use http:// or https:// (file:// only for published model files)",
    });
  }
  try {
    const response = await fetch(uri, { signal: AbortSignal.timeout(timeoutMs), redirect: "error" });
    if (!response.ok) {
      await response.body?.cancel();
      throw transientError("DOWNLOAD_STATUS", `${displayUri(uri)} answered HTTP ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > maxBytes) throw tooLong(uri, maxBytes);
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  } catch (error) {
    if (isTransient(error) || (error instanceof Error && error.name === "OpgError")) throw error;
    throw transientError("DOWNLOAD_FAILED", `cannot download ${displayUri(uri)}: ${messageOf(error)}`);
  }
}

const tooLong = (uri: string, maxBytes: number) =>
  transientError("FILE_TOO_LONG", `${displayUri(uri)} is longer than ${maxBytes} bytes`);

function protocolOf(uri: string): string {
  try {
    return new URL(uri).protocol;
  } catch {
    throw transientError("URI_INVALID", `"${uri.slice(0, 80)}" is not a URI`);
  }
}

const displayUri = (uri: string): string => (uri.startsWith("file:") ? uri : displayUrl(uri));
