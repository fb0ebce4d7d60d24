import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBucketShelf } from "./bucket.ts";
import { bucketAccessOf } from "./bucketAddress.ts";
import { createShelf, type Evidence } from "./shelf.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where what a job may need again is kept: below `dataDir`, or at an address that processes on several hosts share. */
export function openEvidence(url: string | undefined, dataDir: string, env: Environment): Evidence {
  if (url === undefined) return createShelf(join(dataDir, "tensors"));
  return url.startsWith("file:") ? createShelf(fileURLToPath(url)) : createBucketShelf(url, bucketAccessOf(env));
}
