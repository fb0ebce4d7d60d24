export interface BucketAccess {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Reads `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`: without an endpoint that of Amazon's region. */
export function parseBucketAddress(address: string): { readonly base: string; readonly region: string; readonly place: string } {
  const url = new URL(address);
  const region = url.searchParams.get("region") ?? "us-east-1";
  const endpoint = url.searchParams.get("endpoint") ?? `https://s3.${region}.amazonaws.com`;
  const base = [endpoint.replace(/\/$/, ""), url.hostname, ...url.pathname.split("/").filter(Boolean)].join("/");
  return { base, region, place: `${url.protocol}//${url.host}${url.pathname}` };
}

/** Credentials by the names that every tool for S3 knows them under. */
export function bucketAccessOf(env: Readonly<Record<string, string | undefined>>): BucketAccess | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
