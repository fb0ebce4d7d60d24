import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { inputError, messageOf, refusedError, transientError } from "../../core/errors.ts";
import { displayUrl, type Secret } from "../../core/secrets.ts";
import { parseBucketAddress, type BucketAccess } from "./bucketAddress.ts";
import { CHUNK_BYTES, cidOf } from "./cid.ts";

/** Milliseconds that a server may take for one file. */
const REQUEST_MS = 600_000;
/** Milliseconds between two looks at a pin on its way, and looks until it is left to itself. */
const LOOK_MS = 2_000;
const LOOKS = 30;

/** Puts a file where others can fetch it. Returns the address under which it is published. */
export type Upload = (content: Uint8Array, name: string) => Promise<string>;

async function ask(what: string, url: URL, init: RequestInit, fetching: typeof fetch = fetch): Promise<Response> {
  let response: Response;
  try {
    response = await fetching(url, { ...init, redirect: "error", signal: AbortSignal.timeout(REQUEST_MS) });
  } catch (error) {
    throw transientError("UPLOAD_FAILED", `${what} at ${displayUrl(url.href)} does not answer: ${messageOf(error)}`);
  }
  if (response.ok) return response;
  const words = (await response.text().catch(() => "")).replace(/\s+/g, " ").slice(0, 200);
  const says = `${what} at ${displayUrl(url.href)} answered HTTP ${response.status}${words === "" ? "" : `: ${words}`}`;
  if (response.status >= 500 || response.status === 429) throw transientError("UPLOAD_FAILED", says);
  throw refusedError("UPLOAD_REFUSED", says, { fix: "check the address, the credentials and what they permit" });
}

const below = (base: URL, path: string): URL => new URL(`${base.href.replace(/\/$/, "")}/${path}`);

/** Adds a file to an IPFS node by its RPC interface (Kubo's /api/v0), and pins it there. */
export function ipfsUpload(api: URL): Upload {
  return async (content, name) => {
    const url = below(api, "api/v0/add");
    const form = { "cid-version": "1", "raw-leaves": "true", chunker: `size-${CHUNK_BYTES}`, pin: "true", quieter: "true" };
    url.search = new URLSearchParams(form).toString();
    const body = new FormData();
    body.append("file", new Blob([content as Uint8Array<ArrayBuffer>]), name);
    const answer = await (await ask("the IPFS node", url, { method: "POST", body })).text();
    const added = hashIn(answer);
    const cid = cidOf(content);
    // INVARIANT: what is published is the address of these bytes, whatever a node says.
    if (added !== cid) throw refusedError("UPLOAD_CID", `the IPFS node added ${name} as ${added ?? "nothing"}, not as ${cid}`, { fix: "use a node that cuts files as `ipfs add --cid-version=1` does" });
    return `ipfs://${cid}`;
  };
}

/** The CID in the last line of what a node answers to an addition. */
function hashIn(answer: string): string | undefined {
  try {
    const { Hash } = JSON.parse(answer.trim().split("\n").at(-1)!) as { Hash?: string };
    return Hash;
  } catch {
    return undefined;
  }
}

interface PinStatus {
  readonly requestid?: string;
  readonly status?: string;
}

/** Asks a pinning service (IPFS Pinning Service API) to keep a file, which it fetches from IPFS: some node must have it already. */
export function pinningUpload(endpoint: URL, token: Secret, look: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms))): Upload {
  return async (content, name) => {
    const cid = cidOf(content);
    const authorization = `Bearer ${token.reveal()}`;
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify({ cid, name });
    let pin = (await (await ask("the pinning service", below(endpoint, "pins"), { method: "POST", headers, body })).json()) as PinStatus;
    for (let looks = 0; looks < LOOKS && (pin.status === "queued" || pin.status === "pinning") && pin.requestid !== undefined; looks++) {
      await look(LOOK_MS);
      pin = (await (await ask("the pinning service", below(endpoint, `pins/${encodeURIComponent(pin.requestid)}`), { headers: { authorization } })).json()) as PinStatus;
    }
    if (pin.status === "pinned") return `ipfs://${cid}`;
    if (pin.status === "failed") throw refusedError("UPLOAD_REFUSED", `the pinning service could not fetch ${cid}`, { fix: "add the file to an IPFS node that is reachable, as with --ipfs" });
    throw transientError("UPLOAD_FAILED", `the pinning service has not got ${cid} yet: it says "${pin.status ?? "nothing"}"`, { fix: "try again: a pin that was made meanwhile is found" });
  };
}

/** Puts a file into a bucket of S3, or of whatever speaks its protocol, by the name of its digest. */
export function bucketUpload(address: string, access: BucketAccess | undefined): Upload {
  const { base, region, place } = parseBucketAddress(address);
  if (access === undefined) {
    throw inputError("UPLOAD_CREDENTIALS", `there are no credentials for ${place}`, { fix: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, where there is one)" });
  }
  const client = new AwsClient({ ...access, service: "s3", region, retries: 3 });
  return async (content) => {
    const digest = createHash("sha256").update(content).digest();
    const url = below(new URL(base), digest.toString("hex"));
    // The server checks what it got against this.
    const headers = { "x-amz-checksum-sha256": digest.toString("base64"), "content-type": "application/octet-stream" };
    const signed = (input: string | URL | Request, init?: RequestInit) => client.fetch(input instanceof URL ? input.href : input, init);
    await ask("the bucket", url, { method: "PUT", headers, body: Buffer.from(content) }, signed);
    return url.href;
  };
}

/** One after the other; the addresses of all, as they are published. */
export async function uploadAll(uploads: readonly Upload[], content: Uint8Array, name: string): Promise<string> {
  const uris: string[] = [];
  for (const upload of uploads) uris.push(await upload(content, name));
  return [...new Set(uris)].join(" ");
}

