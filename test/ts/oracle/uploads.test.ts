import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { expect } from "chai";
import { Secret } from "../../../core/secrets.ts";
import { opg } from "../../support/commandLine.ts";
import { cidOf } from "../../../oracle/store/cid.ts";
import { bucketUpload, ipfsUpload, pinningUpload, uploadAll } from "../../../oracle/store/uploads.ts";

/** Bytes of every size that is cut differently. */
function content(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 7919 + (i >> 8);
  return bytes;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

type Answer = (asked: Asked) => { readonly status?: number; readonly body?: unknown };

async function serving(answer: Answer, during: (url: URL, asked: readonly Asked[]) => Promise<void>): Promise<void> {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { method: request.method!, path: request.url!, headers: request.headers, body: Buffer.concat(chunks) };
      asked.push(one);
      const { status = 200, body } = answer(one);
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    await during(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

const failing = async (work: Promise<unknown>): Promise<{ code: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it went through");
};

describe("a file's address on IPFS", () => {
  // Made by ipfs-unixfs-importer 17.1.1 with the parameters of `ipfs add --cid-version=1`: CIDv1, raw leaves, 262,144 bytes, 174 links.
  const known: readonly [number, string][] = [
    [0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"],
    [5, "bafkreidx6etlu5o33rihxgwmkhab75l5p32ooe36gmxmcuz5cjjkiodeki"],
    [262_144, "bafkreiha4x7uxr3obcjwtzhayq3i33bbvvpnc3f6syvxb33sy2nm32flre"],
    [262_145, "bafybeigzxv3vipj6akd7nxbkpiithwt3co6wasz7wmxbwnm7k2ej7anehi"],
    [3_000_000, "bafybeif74yrwnri2rt65qy72rtqkcyxyt6u36wfwpgdquwewgn626rtgv4"],
    [262_144 * 175 + 7, "bafybeid23vasvxzkkxvwkjtr3q6wzzsu4ul3d263j2ejf5fy2nez7jth4e"],
  ];
  for (const [size, cid] of known) it(`of ${size} bytes`, () => expect(cidOf(content(size))).to.equal(cid));
});

describe("uploads of published files", function () {
  this.timeout(20_000);
  const file = content(300_000);
  const cid = cidOf(file);

  it("an IPFS node is handed the file, cut as its CID is made, and pins it", async () => {
    const answer: Answer = () => ({ body: `${JSON.stringify({ Name: "m.onnx", Hash: cid, Size: "300123" })}\n` });
    await serving(answer, async (url, asked) => {
      expect(await ipfsUpload(url)(file, "m.onnx")).to.equal(`ipfs://${cid}`);
      const [{ method, path, body }] = asked;
      expect(method).to.equal("POST");
      const { pathname, searchParams } = new URL(path, url);
      expect(pathname).to.equal("/api/v0/add");
      expect(Object.fromEntries(searchParams)).to.include({ "cid-version": "1", "raw-leaves": "true", chunker: "size-262144", pin: "true" });
      expect(body.includes(Buffer.from(file)), "the bytes").to.equal(true);
    });
  });

  it("an address that a node gives is not published unless it is that of these bytes", async () => {
    for (const body of [JSON.stringify({ Hash: cidOf(content(1)) }), "", "<html>"]) {
      await serving(() => ({ body }), async (url) => void expect((await failing(ipfsUpload(url)(file, "m.onnx"))).code).to.equal("UPLOAD_CID"));
    }
  });

  it("a pinning service is asked to keep the CID, and looked at until it has it", async () => {
    const states = ["queued", "pinning", "pinned"];
    await serving(() => ({ status: 202, body: { requestid: "a/1", status: states.shift(), pin: { cid } } }), async (url, asked) => {
      expect(await pinningUpload(new URL("psa", url), new Secret("token-123"), () => Promise.resolve())(file, "m.onnx")).to.equal(`ipfs://${cid}`);
      expect(asked.map(({ method, path }) => `${method} ${path}`)).to.deep.equal(["POST /psa/pins", "GET /psa/pins/a%2F1", "GET /psa/pins/a%2F1"]);
      expect(JSON.parse(asked[0].body.toString())).to.deep.equal({ cid, name: "m.onnx" });
      for (const { headers } of asked) expect(headers.authorization).to.equal("Bearer token-123");
    });
    for (const [status, code] of [["failed", "UPLOAD_REFUSED"], ["queued", "UPLOAD_FAILED"]]) {
      const pin = (url: URL) => pinningUpload(url, new Secret("token-123"), () => Promise.resolve())(file, "m.onnx");
      await serving(() => ({ body: { requestid: "1", status } }), async (url) => void expect((await failing(pin(url))).code).to.equal(code));
    }
  });

  it("a bucket gets the file by the name of its digest, signed and with its checksum", async () => {
    const access = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-key" };
    const digest = createHash("sha256").update(file).digest();
    await serving(() => ({}), async (url, asked) => {
      const upload = bucketUpload(`s3://models/public?endpoint=${url.origin}&region=eu-west-1`, access);
      expect(await upload(file, "m.onnx")).to.equal(`${url.origin}/models/public/${digest.toString("hex")}`);
      const [{ method, path, headers, body }] = asked;
      expect(`${method} ${path}`).to.equal(`PUT /models/public/${digest.toString("hex")}`);
      expect(headers.authorization).to.match(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=.*x-amz-checksum-sha256/);
      expect(headers["x-amz-checksum-sha256"]).to.equal(digest.toString("base64"));
      expect(body.equals(Buffer.from(file))).to.equal(true);
    });
    expect(() => bucketUpload("s3://models/public", undefined)).to.throw(/credentials/);
  });

  it("says who refused, and that what does not answer may be tried again; no secret is in it", async () => {
    for (const [status, code] of [[403, "UPLOAD_REFUSED"], [503, "UPLOAD_FAILED"]] as const) {
      await serving(() => ({ status, body: "no" }), async (url) => {
        const { code: told, message } = await failing(pinningUpload(url, new Secret("token-123"))(file, "m.onnx"));
        expect(told).to.equal(code);
        expect(message).to.include(`HTTP ${status}`).and.not.include("token-123");
      });
    }
    const { code } = await failing(ipfsUpload(new URL("http://127.0.0.1:9"))(file, "m.onnx"));
    expect(code).to.equal("UPLOAD_FAILED");
  });

  it("what is missing for an upload is said before anything is read or sent", async () => {
    const cases: readonly [readonly string[], string][] = [
      [["--pin", "https://pin.example.org"], "UPLOAD_CREDENTIALS"],
      [["--s3", "s3://models/public"], "UPLOAD_CREDENTIALS"],
      [["--ipfs", "127.0.0.1:5001"], "URI"],
      [["--s3", "https://models.example.org"], "URI"],
    ];
    for (const [options, expected] of cases) {
      const { code, json } = await opg(["model", "publish", "absent.canonical.onnx", ...options, "--json"], {}, tmpdir());
      expect(code, options.join(" ")).to.equal(2);
      const { code: told, fix } = json!.error as { code: string; fix: string };
      expect(told, options.join(" ")).to.equal(expected);
      expect(fix, options.join(" ")).not.to.equal("");
    }
  });

  it("several places are published together, each address once", async () => {
    const to = (uri: string) => () => Promise.resolve(uri);
    expect(await uploadAll([to("ipfs://a"), to("ipfs://a"), to("https://b/c")], file, "m.onnx")).to.equal("ipfs://a https://b/c");
  });
});
