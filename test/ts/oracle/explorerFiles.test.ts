import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { startApi, type ApiServer } from "../../../oracle/api/server.ts";
import { parseConfig } from "../../../oracle/config/load.ts";

const POLICY = "default-src 'none'; script-src 'self'";
const PAGE = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}" />`;
const SCRIPT = "tell(1);\n".repeat(200);
const at = (digit: number) => `0x${String(digit).repeat(40)}`;
const CONTRACTS = { chainId: 31337, block: 7, opg: at(1), verifier: at(2), models: at(3), stakes: at(4), game: at(5), jobs: at(6), lens: at(7) };
const sources = { tensor: async () => undefined, output: async () => undefined, model: async () => undefined, metrics: async () => "", health: async () => ({ ok: true }) };

describe("the explorer's files", () => {
  let home: string;
  let api: ApiServer;
  const devnet = { control: "http://127.0.0.1:8546", accounts: [{ name: "requester", address: at(8) }] };
  const settings = () => ({ folder: join(home, "dist"), name: "a network", rpcUrl: "https://node.example", hasIndex: true, devnet, deployment: { ...CONTRACTS, deployer: "somebody" } });
  const open = (explorer = settings()) => startApi(sources, { host: "127.0.0.1", port: 0, explorer });

  before(async () => {
    home = mkdtempSync(join(tmpdir(), "opg-explorer-"));
    mkdirSync(join(home, "dist", "assets"), { recursive: true });
    for (const [path, text] of Object.entries({ "index.html": PAGE, "icon.svg": "<svg/>", "assets/index-Ab1.js": SCRIPT, "../secret.json": "{}" })) writeFileSync(join(home, "dist", path), text);
    api = await open();
  });
  after(async () => {
    await api.close();
    rmSync(home, { recursive: true });
  });

  /** What is answered, its content as it came: fetch would tidy the path, and decode the content. */
  const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    new Promise<{ status: number; headers: Record<string, string | undefined>; body: Buffer }>((resolve, reject) => {
      const asked = request(api.url, { path, method, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers as Record<string, string>, body: Buffer.concat(parts) }));
      });
      asked.on("error", reject).end();
    });

  it("are served each with its type, the page's policy, and how long it may be kept", async () => {
    for (const [path, text, type, kept] of [
      ["", PAGE, "text/html; charset=utf-8", "no-cache"],
      ["index.html", PAGE, "text/html; charset=utf-8", "no-cache"],
      ["icon.svg", "<svg/>", "image/svg+xml", "no-cache"],
      ["assets/index-Ab1.js", SCRIPT, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"],
    ]) {
      const { status, headers, body } = await ask(`/explorer/${path}`);
      expect([status, body.toString()], path).to.deep.equal([200, text]);
      expect(headers, path).to.include({ "content-type": type, "cache-control": kept, "x-content-type-options": "nosniff", "content-security-policy": `${POLICY}; frame-ancestors 'none'` });
    }
  });

  it("are compressed for whoever takes that, where it saves something", async () => {
    const path = "/explorer/assets/index-Ab1.js";
    for (const accepted of ["gzip", "br, gzip;q=0.5", "deflate,gzip"]) {
      const { headers, body } = await ask(path, { "accept-encoding": accepted });
      expect(headers).to.include({ "content-encoding": "gzip", vary: "accept-encoding", "content-length": String(body.length) });
      expect(gunzipSync(body).toString()).to.equal(SCRIPT);
    }
    for (const accepted of ["", "br", "gzip;q=0", "gzip;q=0.00, br", "xgzip"]) expect((await ask(path, { "accept-encoding": accepted })).headers, accepted).to.not.have.property("content-encoding");
    expect((await ask("/explorer/icon.svg", { "accept-encoding": "gzip" })).headers).to.not.have.property("content-encoding");
  });

  it("are not sent again to whoever has them", async () => {
    const { headers } = await ask("/explorer/");
    const again = await ask("/explorer/", { "if-none-match": headers.etag! });
    expect([again.status, again.body.length]).to.deep.equal([304, 0]);
    expect((await ask("/explorer/", { "if-none-match": '"other"' })).status).to.equal(200);
    const head = await ask("/explorer/", {}, "HEAD");
    expect([head.status, head.headers["content-length"], head.body.length]).to.deep.equal([200, String(PAGE.length), 0]);
  });

  it("are all that is served: no path leads out of the folder", async () => {
    for (const path of ["assets", "assets/", "../secret.json", "%2e%2e/secret.json", "..%2fsecret.json", "assets/../../../secret.json", "//index.html", "index.html/", "none.js", "%00", `${"a".repeat(5_000)}.js`]) {
      expect((await ask(`/explorer/${path}`)).status, path).to.equal(404);
    }
    expect((await ask("/explorer/index.html", {}, "POST")).status).to.equal(404);
  });

  it("are where the daemon's address and /explorer lead, below any path of a proxy", async () => {
    for (const path of ["/", "/explorer"]) {
      const { status, headers } = await ask(path);
      expect([status, headers.location], path).to.deep.equal([302, "./explorer/"]);
    }
  });

  it("tell the page of the network what the operator published, and nothing else of the daemon", async () => {
    const told = async (server: ApiServer) => (await fetch(`${server.url}/explorer/explorer.json`)).json();
    expect(await told(api)).to.deep.equal({ name: "a network", rpcUrl: "https://node.example", indexUrl: "../", deployment: CONTRACTS, devnet });
    const plain = await open({ ...settings(), hasIndex: false, devnet: undefined as never });
    expect(await told(plain)).to.deep.equal({ name: "a network", rpcUrl: "https://node.example", deployment: CONTRACTS });
    await plain.close();
  });

  it("refuse a folder without them, a page without a policy, and a deployment that lacks an address, at the start", async () => {
    const refusal = (changed: object) => open({ ...settings(), ...changed }).then(() => undefined, (error: Error & { code?: string }) => `${error.code ?? ""} ${error.message}`);
    expect(await refusal({ folder: join(home, "none") })).to.match(/^EXPLORER_MISSING the explorer's files are not in/);
    expect(await refusal({ folder: join(home, "dist", "assets") })).to.include("names no Content-Security-Policy");
    expect(await refusal({ deployment: { ...CONTRACTS, lens: undefined } })).to.match(/^DEPLOYMENT_INVALID .*lens/);
  });

  it("are off unless a node is named for them, which is never one of the daemon's own, and may hold no password", () => {
    const parse = (api: object, env = {}) => parseConfig(JSON.stringify({ network: { rpcUrl: "https://node.example/secret" }, api }), join(home, "opg.config.json"), env, home).config.api;
    expect(parse({})).to.not.have.property("explorerRpcUrl");
    expect(parse({}, { OPG_EXPLORER_RPC_URL: "https://open.example", OPG_EXPLORER_NAME: "Base" })).to.include({ explorerRpcUrl: "https://open.example", explorerName: "Base" });
    for (const rpcUrl of ["https://me:secret@node.example", "wss://node.example", "node.example"]) expect(() => parse({ explorerRpcUrl: rpcUrl }), rpcUrl).to.throw("without user and password");
  });
});
