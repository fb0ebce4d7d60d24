import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { AwsClient } from "aws4fetch";
import { inputError, messageOf, transientError } from "../../core/errors.ts";
import { parseBucketAddress, type BucketAccess } from "./bucketAddress.ts";
import { checked, type Evidence, type Shelved } from "./shelf.ts";

const REQUEST_MS = 60_000;
const DELETES_AT_ONCE = 16;
const ROOT_BYTES = 32;

/**
 * The shelf in a bucket of S3, or of whatever speaks its protocol. Objects: PREFIX/JOB/N of tensor N, PREFIX/JOB/roots, PREFIX/inputs/JOB,
 * PREFIX/outputs/JOB.
 */
export function createBucketShelf(address: string, access: BucketAccess | undefined): Evidence {
  const { base, region, place } = parseBucketAddress(address);
  if (access === undefined) {
    throw inputError("EVIDENCE_CREDENTIALS", `there are no credentials for ${place}`, {
      fix: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, where there is one)",
    });
  }
  const client = new AwsClient({ ...access, service: "s3", region, retries: 3 });

  /** Undefined where there is no such object. */
  async function request(method: "GET" | "PUT" | "DELETE", key: string, body?: Uint8Array): Promise<Response | undefined> {
    let response: Response;
    try {
      const signal = AbortSignal.timeout(REQUEST_MS);
      response = await client.fetch(`${base}/${key}`, { method, signal, ...(body !== undefined && { body: unshared(body) }) });
    } catch (error) {
      throw unreachable(place, messageOf(error));
    }
    if (response.ok) return response;
    const words = await response.text().catch(() => "");
    if (response.status === 404) return undefined;
    throw unreachable(place, `${method} answered HTTP ${response.status} ${/<Code>([^<]*)/.exec(words)?.[1] ?? ""}`.trimEnd());
  }

  async function get(key: string): Promise<Uint8Array | undefined> {
    const response = await request("GET", key);
    return response && new Uint8Array(await response.arrayBuffer());
  }

  async function stream(key: string): Promise<Shelved | undefined> {
    const response = await request("GET", key);
    const length = Number(response?.headers.get("content-length") ?? NaN);
    if (response === undefined || response.body === null || !Number.isSafeInteger(length)) return undefined;
    return { length, stream: Readable.fromWeb(response.body as ReadableStream) };
  }

  return {
    async put(job, tensors, roots) {
      const folder = checked(job);
      for (const [id, tensor] of tensors.entries()) await request("PUT", `${folder}/${id}`, tensor);
      // Last: where the roots are, everything is.
      await request("PUT", `${folder}/roots`, roots);
    },
    async tensors(job, count) {
      const folder = checked(job);
      const found: Uint8Array[] = [];
      for (let id = 0; id < count; id++) {
        // A bucket that does not answer is no reason to fail: the trace can be computed again.
        const tensor = await get(`${folder}/${id}`).catch(() => undefined);
        if (tensor === undefined) return undefined;
        found.push(tensor);
      }
      return found;
    },
    putInput: async (job, input) => void (await request("PUT", `inputs/${checked(job)}`, input)),
    putOutput: async (job, values) => void (await request("PUT", `outputs/${checked(job)}`, values)),
    input: (job) => get(`inputs/${checked(job)}`).catch(() => undefined),
    room: () => Promise.resolve(Infinity),
    read: (job, id) => stream(`${checked(job)}/${id}`),
    readOutput: (job) => stream(`outputs/${checked(job)}`),
    async drop(job) {
      const folder = checked(job);
      const roots = await get(`${folder}/roots`);
      const keys = Array.from({ length: (roots?.length ?? 0) / ROOT_BYTES }, (_, id) => `${folder}/${id}`);
      for (let i = 0; i < keys.length; i += DELETES_AT_ONCE) {
        await Promise.all(keys.slice(i, i + DELETES_AT_ONCE).map((key) => request("DELETE", key)));
      }
      if (roots !== undefined) await request("DELETE", `${folder}/roots`);
      for (const kept of ["inputs", "outputs"]) await request("DELETE", `${kept}/${folder}`);
    },
  };
}

const unreachable = (place: string, reason: string) =>
  transientError("EVIDENCE_UNREACHABLE", `the evidence at ${place} cannot be reached: ${reason}`, {
    fix: "check evidence.url, the credentials and the network; it is tried again",
  });

/** What WebCrypto signs: it takes no memory that threads share, as that of a large trace is. */
const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
