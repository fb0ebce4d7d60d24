import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBucketShelf, type BucketAccess } from "./bucket.ts";
import { createShelf, type Evidence } from "./shelf.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Credentials by the names that every tool for S3 knows them under. */
function accessOf(env: Environment): BucketAccess | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** Where what a job may need again is kept: below `dataDir`, or at an address that processes on several hosts share. */
export function openEvidence(url: string | undefined, dataDir: string, env: Environment): Evidence {
  if (url === undefined) return createShelf(join(dataDir, "tensors"));
  return url.startsWith("file:") ? createShelf(fileURLToPath(url)) : createBucketShelf(url, accessOf(env));
}
