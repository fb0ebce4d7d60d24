import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { expect } from "chai";
import { encodeModel, parseModel } from "../../../core/onnx/model.ts";
import { StringStringEntryProtoSchema, TensorProto_DataLocation } from "../../../core/onnx/onnx_pb.js";
import { cidOf } from "../../../oracle/store/cid.ts";
import { opg } from "../../support/commandLine.ts";

const MODEL = new Uint8Array(readFileSync(join(import.meta.dirname, "..", "..", "..", "models", "digits-cnn", "model.onnx")));
const hexOf = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** The digits CNN with the data of its largest constant in a file beside it. */
function withExternalData(location: string): { model: Uint8Array; data: Uint8Array } {
  const model = parseModel(MODEL);
  const tensor = model.graph.initializer.toSorted((a, b) => b.rawData.length - a.rawData.length)[0];
  const data = tensor.rawData;
  tensor.rawData = new Uint8Array();
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.externalData = [create(StringStringEntryProtoSchema, { key: "location", value: location })];
  return { model: encodeModel(model), data };
}

interface Served {
  readonly content: Uint8Array;
  readonly headers?: Record<string, string>;
  /** The connection ends after so many bytes of each answer. */
  readonly breakAfter?: number;
  /** The length of an answer is not stated. */
  readonly isUnmeasured?: boolean;
  readonly redirect?: string;
  readonly token?: string;
}

/** A file server as those on the net are: ranges, tags, redirections, connections that end. */
class FileServer {
  readonly files = new Map<string, Served>();
  readonly asked: { readonly path: string; readonly range: string | undefined; readonly token: string | undefined }[] = [];
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => void this.#server.close(() => done()));
  }

  #answer({ url, method, headers }: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(url!);
    this.asked.push({ path, range: headers.range, token: headers.authorization });
    const file = this.files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    if (file.token !== undefined && headers.authorization !== `Bearer ${file.token}`) return void response.writeHead(401).end();
    if (file.redirect !== undefined) return void response.writeHead(302, { location: file.redirect, ...file.headers }).end();
    const etag = `"${hexOf(file.content)}"`;
    const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
    const begin = from !== undefined && headers["if-range"] === etag ? Number(from) : 0;
    const rest = file.content.subarray(begin);
    const status = begin > 0 ? 206 : 200;
    response.writeHead(status, { etag, ...(file.isUnmeasured !== true && { "content-length": String(rest.length) }), ...file.headers });
    if (method === "HEAD") return void response.end();
    if (file.breakAfter === undefined || rest.length <= file.breakAfter) return void response.end(rest);
    response.write(rest.subarray(0, file.breakAfter), () => setTimeout(() => response.destroy(), 20));
  }
}

describe("opg model import", function () {
  this.timeout(60_000);
  let folder: string;
  let base: string;
  let server: FileServer;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "opg-import-"));
    server = new FileServer();
    base = await server.start();
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const run = (source: string, ...more: string[]) => opg(["model", "import", source, "--out", "out", ...more, "--json"], {}, folder);
  const imported = (name = "model.onnx") => new Uint8Array(readFileSync(join(folder, "out", name)));

  it("brings a file from a path, with its SHA-256 and its address on IPFS", async () => {
    writeFileSync(join(folder, "model.onnx"), MODEL);
    const { code, json, stderr } = await run("model.onnx");
    expect(code, stderr).to.equal(0);
    expect(json).to.deep.equal({ file: join(folder, "out", "model.onnx"), bytes: MODEL.length, sha256: `0x${hexOf(MODEL)}`, cid: cidOf(MODEL), external: [] });
    expect(Buffer.compare(imported(), MODEL)).to.equal(0);
  });

  it("brings external data with the model, from a path and from an address", async () => {
    const { model, data } = withExternalData("weights/large file.bin");
    server.files.set("/of/model.onnx", { content: model });
    server.files.set("/of/weights/large file.bin", { content: data });
    mkdirSync(join(folder, "here", "weights"), { recursive: true });
    writeFileSync(join(folder, "here", "model.onnx"), model);
    writeFileSync(join(folder, "here", "weights", "large file.bin"), data);
    for (const source of ["here/model.onnx", `${base}/of/model.onnx`]) {
      const { code, json, stderr } = await run(source);
      expect(code, stderr).to.equal(0);
      expect(json!.external).to.deep.equal([{ file: join(folder, "out", "weights", "large file.bin"), bytes: data.length, sha256: `0x${hexOf(data)}` }]);
      expect(Buffer.compare(imported("weights/large file.bin"), data)).to.equal(0);
      rmSync(join(folder, "out"), { recursive: true });
    }
  });

  for (const location of ["../outside.bin", "/etc/outside.bin", "a/../../outside.bin"]) {
    it(`writes nothing outside its folder: ${location}`, async () => {
      server.files.set("/of/model.onnx", { content: withExternalData(location).model });
      const { code, json } = await run(`${base}/of/model.onnx`);
      expect(code).to.equal(2);
      expect((json!.error as { code: string }).code).to.equal("IMPORT_LOCATION");
      expect(existsSync(join(folder, "outside.bin"))).to.equal(false);
    });
  }

  it("goes on where a connection ended, within a run and after one, and starts anew when the file has changed", async () => {
    server.files.set("/model.onnx", { content: MODEL, breakAfter: 6_000 });
    const first = await run(`${base}/model.onnx`);
    expect(first.code, first.stderr).to.equal(0);
    expect(Buffer.compare(imported(), MODEL)).to.equal(0);
    const ranges = server.asked.filter(({ range }) => range !== undefined).length;
    expect(ranges).to.be.greaterThan(1);

    rmSync(join(folder, "out"), { recursive: true });
    mkdirSync(join(folder, "out"));
    for (const [etag, expected] of [[`"${hexOf(MODEL)}"`, "bytes=1000-"], ['"another"', "bytes=1000-"]]) {
      writeFileSync(join(folder, "out", "model.onnx.part"), MODEL.subarray(0, 1_000));
      writeFileSync(join(folder, "out", "model.onnx.part.json"), JSON.stringify({ url: `${base}/model.onnx`, etag }));
      server.asked.length = 0;
      server.files.set("/model.onnx", { content: MODEL });
      expect((await run(`${base}/model.onnx`)).code).to.equal(0);
      expect(server.asked[0].range).to.equal(expected);
      expect(Buffer.compare(imported(), MODEL)).to.equal(0);
      expect(existsSync(join(folder, "out", "model.onnx.part"))).to.equal(false);
    }
  });

  it("refuses another SHA-256 than was asked for, and keeps nothing of it", async () => {
    server.files.set("/model.onnx", { content: MODEL });
    const { code, json } = await run(`${base}/model.onnx`, "--sha256", "00".repeat(32));
    expect(code).to.equal(1);
    expect((json!.error as { code: string }).code).to.equal("IMPORT_DIGEST");
    expect(existsSync(join(folder, "out", "model.onnx"))).to.equal(false);
    expect(existsSync(join(folder, "out", "model.onnx.part"))).to.equal(false);
    expect((await run(`${base}/model.onnx`, "--sha256", hexOf(MODEL))).code).to.equal(0);
  });

  it("refuses what is larger than permitted, by what is stated and by what comes", async () => {
    for (const isUnmeasured of [false, true]) {
      server.files.set("/model.onnx", { content: MODEL, isUnmeasured });
      const { code, json } = await run(`${base}/model.onnx`, "--max-bytes", String(MODEL.length - 1));
      expect(code).to.equal(1);
      expect((json!.error as { code: string }).code).to.equal("IMPORT_TOO_LARGE");
      expect(existsSync(join(folder, "out", "model.onnx.part"))).to.equal(false);
    }
    const { model, data } = withExternalData("weights.bin");
    server.files.set("/of/model.onnx", { content: model });
    server.files.set("/of/weights.bin", { content: data });
    expect((await run(`${base}/of/model.onnx`, "--max-bytes", String(model.length + data.length - 1))).json!.error).to.include({ code: "IMPORT_TOO_LARGE" });
  });

  it("brings a file from Hugging Face by its short address and by that of its page, with the token to its host alone, against the digest that it states", async () => {
    const other = new FileServer();
    const elsewhere = await other.start();
    try {
      other.files.set("/blob", { content: MODEL });
      const stated = (digest: string) => ({ content: MODEL, redirect: `${elsewhere}/blob`, token: "hf_secret", headers: { "x-linked-etag": `"${digest}"` } });
      server.files.set("/owner/repository/resolve/main/onnx/model.onnx", stated(hexOf(MODEL)));
      server.files.set("/owner/repository/resolve/v1/onnx/model.onnx", stated("11".repeat(32)));
      const env = { HF_ENDPOINT: base, HF_TOKEN: "hf_secret" };
      for (const source of ["hf://owner/repository/onnx/model.onnx", `${base}/owner/repository/blob/main/onnx/model.onnx`]) {
        const { code, stderr, stdout } = await opg(["model", "import", source, "--out", "out", "--json"], env, folder);
        expect(code, stderr).to.equal(0);
        expect(stdout + stderr).not.to.include("hf_secret");
        expect(Buffer.compare(imported(), MODEL)).to.equal(0);
      }
      expect(other.asked.every(({ token }) => token === undefined)).to.equal(true);
      const changed = await opg(["model", "import", "hf://owner/repository@v1/onnx/model.onnx", "--out", "out", "--json"], env, folder);
      expect(changed.json!.error).to.include({ code: "IMPORT_DIGEST" });
      const denied = await opg(["model", "import", "hf://owner/repository/onnx/model.onnx", "--json"], { HF_ENDPOINT: base }, folder);
      expect(denied.code).to.equal(2);
      expect(denied.json!.error).to.include({ code: "IMPORT_DENIED" });
    } finally {
      await other.stop();
    }
  });

  it("says what is wrong with an address: not secure, not there, not a model, redirected to what is not secure", async () => {
    server.files.set("/page.onnx", { content: new TextEncoder().encode("<html>sign in</html>") });
    server.files.set("/moved.onnx", { content: MODEL, redirect: "http://models.example.org/model.onnx" });
    const cases: readonly [string, string][] = [
      ["http://models.example.org/model.onnx", "IMPORT_SCHEME"],
      // A name that begins like an address of this machine is anybody's.
      ["http://127.0.0.1.example.org/model.onnx", "IMPORT_SCHEME"],
      ["ftp://models.example.org/model.onnx", "IMPORT_SCHEME"],
      [`${base}/moved.onnx`, "IMPORT_SCHEME"],
      [`${base}/absent.onnx`, "IMPORT_ABSENT"],
      ["hf://owner/model.onnx", "IMPORT_SOURCE"],
      ["absent.onnx", "FILE_UNREADABLE"],
    ];
    for (const [source, expected] of cases) {
      const { code, json } = await run(source);
      expect(code, source).to.equal(2);
      expect((json!.error as { code: string; fix: string }).code, source).to.equal(expected);
      expect((json!.error as { fix: string }).fix, source).not.to.equal("");
    }
    const page = await run(`${base}/page.onnx`);
    expect(page.code).to.equal(2);
    expect(page.stdout + page.stderr).to.include("not an ONNX file");
  });
});
