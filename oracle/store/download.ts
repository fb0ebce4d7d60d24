import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { inputError, isTransient, messageOf, OpgError, refusedError, transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { displayUrl } from "../../core/secrets.ts";
import { requireSecure } from "./modelSource.ts";
import { explain } from "./storeError.ts";

/** Milliseconds in which nothing comes until a connection counts as lost. */
const IDLE_MS = 60_000;
const REDIRECTS = 5;
/** Times that a connection may be lost in a row without a byte having come. */
const TRIES = 5;
const PAUSE_MS = 500;

export interface Download {
  readonly url: URL;
  readonly token?: string;
  /** Where the file shall lie; what came so far lies in PATH.part beside it. */
  readonly path: string;
  readonly maxBytes: number;
  /** SHA-256 that it must have. */
  readonly sha256?: Hex;
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

export interface Downloaded {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: Hex;
}

/** What a part belongs to: bytes of another version of the file are not continued. */
interface Mark {
  readonly url: string;
  readonly etag: string;
}

export async function sha256OfFile(path: string): Promise<Hex> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return `0x${hash.digest("hex")}`;
}

/**
 * Downloads a file, goes on where an earlier try ended, and checks it. INVARIANT: what lies at `path` is whole and has the digest that
 * was asked for.
 */
export async function download(job: Download): Promise<Downloaded> {
  const { path, url } = job;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  let before = await sizeOf(part);
  for (let failures = 0; ; ) {
    try {
      await fetchRest(job, part);
      break;
    } catch (error) {
      // A part of what is too large is of no use to a later try.
      if (error instanceof OpgError && error.code === "IMPORT_TOO_LARGE") await forget(part);
      if (!isTransient(error)) throw error;
      const now = await sizeOf(part);
      failures = now > before ? 0 : failures + 1;
      before = now;
      if (failures >= TRIES) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS * failures));
    }
  }
  const sha256 = await sha256OfFile(part);
  if (job.sha256 !== undefined && sha256 !== job.sha256) {
    await forget(part);
    throw refusedError("IMPORT_DIGEST", `${displayUrl(url.href)} gave a file with SHA-256 ${sha256.slice(2)}, not ${job.sha256.slice(2)}`, {
      fix: "check the address and the digest: it is another file, or it was changed",
    });
  }
  await rename(part, path);
  await rm(`${part}.json`, { force: true });
  return { path, bytes: await sizeOf(path), sha256 };
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

async function forget(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.json`, { force: true });
}

async function markOf(part: string): Promise<Mark | undefined> {
  const text = await readFile(`${part}.json`, "utf8").catch(() => undefined);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Mark);
  } catch {
    return undefined;
  }
}

/** Asks for what is missing, and writes it behind what is there. */
async function fetchRest({ url, token, maxBytes, onProgress }: Download, part: string): Promise<void> {
  const mark = await markOf(part);
  const begun = mark?.url === url.href && mark.etag !== "" ? await sizeOf(part) : 0;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`nothing came for ${IDLE_MS / 1000} seconds`)), IDLE_MS);
  try {
    const resume: Record<string, string> = begun > 0 ? { range: `bytes=${begun}-`, "if-range": mark!.etag } : {};
    const response = await follow(url, token, { ...resume, "accept-encoding": "identity" }, abort.signal);
    // A part that was whole already, before its digest was looked at.
    if (response.status === 416 && begun > 0) return void (await response.body?.cancel());
    if (!response.ok) {
      await response.body?.cancel();
      throw refusalOf(url, response.status);
    }
    const from = response.status === 206 ? begun : 0;
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : from + Number(length);
    if (total !== undefined && total > maxBytes) throw tooLarge(url, maxBytes);
    const etag = response.headers.get("etag") ?? "";
    // A weak tag says that two files mean the same, not that they are the same bytes.
    await writeFile(`${part}.json`, JSON.stringify({ url: url.href, etag: etag.startsWith("W/") ? "" : etag } satisfies Mark));
    const file = await open(part, from > 0 ? "a" : "w");
    try {
      let done = from;
      for await (const chunk of response.body ?? []) {
        timer.refresh();
        done += chunk.length;
        if (done > maxBytes) throw tooLarge(url, maxBytes);
        await file.write(chunk).catch((error: unknown) => {
          throw explain(error, dirname(part));
        });
        onProgress?.(done, total);
      }
      if (total !== undefined && done < total) throw transientError("DOWNLOAD_LENGTH", `${displayUrl(url.href)} ended after ${done} of ${total} bytes`);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof OpgError) throw error;
    throw transientError("DOWNLOAD_FAILED", `cannot download from ${displayUrl(url.href)}: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Follows redirections. INVARIANT: a token goes to the host that it is for, and to no other; no step is open to whoever is on the way. */
async function follow(url: URL, token: string | undefined, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let at = requireSecure(url);
  for (let step = 0; step <= REDIRECTS; step++) {
    const own: Record<string, string> = token !== undefined && at.origin === url.origin ? { authorization: `Bearer ${token}` } : {};
    const response = await fetch(at, { headers: { ...headers, ...own }, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    at = requireSecure(new URL(location, at));
  }
  throw refusedError("IMPORT_REDIRECTS", `${displayUrl(url.href)} redirects more than ${REDIRECTS} times`, { fix: "name the address of the file itself" });
}

/** The SHA-256 that Hugging Face states for a large file, which it keeps by that name; undefined where it states none. */
export async function statedDigest(url: URL, token?: string): Promise<Hex | undefined> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(requireSecure(url), { method: "HEAD", redirect: "manual", headers, signal: AbortSignal.timeout(IDLE_MS) }).catch(() => undefined);
  const [, digest] = /^"?([0-9a-f]{64})"?$/.exec(response?.headers.get("x-linked-etag") ?? "") ?? [];
  return digest === undefined ? undefined : `0x${digest}`;
}

function refusalOf(url: URL, status: number): OpgError {
  const says = `${displayUrl(url.href)} answered HTTP ${status}`;
  if (status === 401 || status === 403) return inputError("IMPORT_DENIED", says, { fix: "for a file on Hugging Face that is not public, set HF_TOKEN" });
  if (status === 404 || status === 410) return inputError("IMPORT_ABSENT", says, { fix: "check the address" });
  return transientError("DOWNLOAD_STATUS", says);
}

const tooLarge = (url: URL, maxBytes: number): OpgError =>
  refusedError("IMPORT_TOO_LARGE", `what ${displayUrl(url.href)} serves is larger than ${maxBytes} bytes`, { fix: "raise --max-bytes if it is the file that you want" });
