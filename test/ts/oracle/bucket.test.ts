import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { openEvidence } from "../../../oracle/store/evidence.ts";

const ACCESS = { AWS_ACCESS_KEY_ID: "watcher", AWS_SECRET_ACCESS_KEY: "between us" };
const REGION = "here-1";

/** The signature that a request has to carry (AWS Signature Version 4), computed from what arrived. */
function signatureOf(request: IncomingMessage, secret: string): string {
  const { authorization = "", host = "" } = request.headers;
  const [, day, signed] = /Credential=[^/]+\/(\d{8})\/.*SignedHeaders=([^,]+)/.exec(authorization) ?? [];
  const url = new URL(request.url!, `http://${host}`);
  const headers = signed.split(";").map((name) => `${name}:${String(request.headers[name])}\n`).join("");
  const payload = String(request.headers["x-amz-content-sha256"]);
  const canonical = [request.method, url.pathname, "", headers, signed, payload].join("\n");
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, digest].join("\n");
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const key = [REGION, "s3", "aws4_request"].reduce(hmac, hmac(`AWS4${secret}`, day));
  return hmac(key, text).toString("hex");
}

describe("evidence in a bucket", () => {
  const objects = new Map<string, Buffer>();
  let server: Server;
  let address: string;
  let broken = false;
  before(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        if (broken) return void response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
        if (!request.headers.authorization?.endsWith(`Signature=${signatureOf(request, ACCESS.AWS_SECRET_ACCESS_KEY)}`)) {
          return void response.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code></Error>");
        }
        const key = request.url!;
        const kept = objects.get(key);
        if (request.method === "PUT") objects.set(key, Buffer.concat(parts));
        if (request.method === "DELETE") objects.delete(key);
        if (request.method === "GET" && kept === undefined) return void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
        response.writeHead(200, { "content-length": request.method === "GET" ? kept!.length : 0 }).end(request.method === "GET" ? kept : undefined);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    address = `s3://bucket/some/prefix?endpoint=http://127.0.0.1:${(server.address() as AddressInfo).port}&region=${REGION}`;
  });
  after(() => void server.close());
  beforeEach(() => {
    objects.clear();
    broken = false;
  });

  const tensors = [Uint8Array.of(1, 2, 3), new Uint8Array(40_000).fill(7)];
  const roots = new Uint8Array(64).fill(9);
  const open = (env: Record<string, string> = ACCESS) => openEvidence(address, "unused", env);

  it("keeps a trace and its roots, and the values of an output, serves them, and drops them whole", async () => {
    const shelf = open();
    await shelf.put("0x12", tensors, roots);
    await shelf.putInput("0x12", Uint8Array.of(5));
    await shelf.putOutput("0x12", tensors[1]);
    expect([...objects.keys()].sort()).to.deep.equal(["0x12/0", "0x12/1", "0x12/roots", "inputs/0x12", "outputs/0x12"].map((key) => `/bucket/some/prefix/${key}`));
    expect(await shelf.tensors("0x12", 2)).to.deep.equal(tensors);
    expect(await shelf.input("0x12")).to.deep.equal(Uint8Array.of(5));
    const served = (await shelf.read("0x12", "roots"))!;
    expect(served.length).to.equal(64);
    expect(Buffer.concat(await served.stream.toArray() as Buffer[])).to.deep.equal(Buffer.from(roots));
    const values = (await shelf.readOutput("0x12"))!;
    expect(Buffer.concat(await values.stream.toArray() as Buffer[])).to.deep.equal(Buffer.from(tensors[1]));
    await shelf.drop("0x12");
    expect(objects.size).to.equal(0);
    expect(await shelf.readOutput("0x12")).to.equal(undefined);
  });

  it("keeps tensors in memory that threads share, as those of a large trace are", async () => {
    const shared = tensors.map((tensor) => {
      const bytes = new Uint8Array(new SharedArrayBuffer(tensor.length));
      bytes.set(tensor);
      return bytes;
    });
    const shelf = open();
    await shelf.put("0x13", shared, roots);
    expect(await shelf.tensors("0x13", 2)).to.deep.equal(tensors);
    await shelf.drop("0x13");
  });

  it("what is not there is not there, and a trace of which a part is missing neither", async () => {
    const shelf = open();
    expect(await shelf.tensors("0x34", 1)).to.equal(undefined);
    expect(await shelf.input("0x34")).to.equal(undefined);
    expect(await shelf.read("0x34", 0)).to.equal(undefined);
    await shelf.put("0x34", tensors, roots);
    objects.delete("/bucket/some/prefix/0x34/1");
    expect(await shelf.tensors("0x34", 2)).to.equal(undefined);
    await shelf.drop("0x56");
  });

  it("a bucket that fails is named without its secret, and may answer later", async () => {
    const shelf = open();
    broken = true;
    const failure = (await shelf.put("0x12", tensors, roots).catch((error: unknown) => error)) as Error;
    expect(failure).to.include({ kind: "transient", code: "EVIDENCE_UNREACHABLE" });
    expect(failure.message).to.match(/s3:\/\/bucket\/some\/prefix.*HTTP 503 SlowDown/).and.not.include(ACCESS.AWS_SECRET_ACCESS_KEY);
    expect(await shelf.tensors("0x12", 2), "the trace can be computed again").to.equal(undefined);
  });

  it("a wrong secret is refused by the bucket, and none is a fault of the settings", async () => {
    const wrong = await open({ ...ACCESS, AWS_SECRET_ACCESS_KEY: "another" }).put("0x12", tensors, roots).catch((error: unknown) => error);
    expect(String(wrong)).to.match(/HTTP 403 SignatureDoesNotMatch/);
    expect(() => open({})).to.throw(/no credentials for s3:\/\/bucket/);
  });

  it("no job id leads out of its place", async () => {
    expect(String(await open().drop("0x12/../../other").catch((error: unknown) => error))).to.match(/not a job id/);
    expect(String(await openEvidence(undefined, "unused", {}).drop("../x").catch((error: unknown) => error))).to.match(/not a job id/);
  });
});
