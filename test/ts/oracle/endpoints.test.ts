import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { startApi } from "../../../oracle/api/server.ts";
import type { ApiServer } from "../../../oracle/api/server.ts";
import { startControl } from "../../../scripts/devnet/control.ts";

const DIGEST = `0x${"ab".repeat(32)}`;

/** Every route of a server that is started here, in the order in which it is registered. */
async function routesOf<T>(start: () => Promise<T>): Promise<{ server: T; routes: string[] }> {
  const routes: string[] = [];
  const listen = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook("onRoute", ({ method, url }) => void routes.push(...[method].flat().map((each) => `${each} ${url}`)));
  subscribe("fastify.initialization", listen);
  try {
    return { server: await start(), routes };
  } finally {
    unsubscribe("fastify.initialization", listen);
  }
}

/** The endpoints in the table of a page, with those that come along. */
function tableOf(page: string): string[] {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", page), "utf8");
  const listed = [...text.matchAll(/^\| `(GET|POST) (\/\S*)` \|/gm)];
  return listed.flatMap(([, method, path]) => (method === "GET" ? [`GET ${path}`, `HEAD ${path}`] : [`${method} ${path}`]));
}

describe("the endpoints", () => {
  let healthy = true;
  let api: ApiServer;
  let routes: string[];
  const bytes = (text: string) => ({ length: text.length, stream: Readable.from([Buffer.from(text)]) });
  const sources = {
    tensor: async (job: string, id: number | "roots") => {
      if (job === "0xbad") throw new Error("the bucket is away");
      return job === "0x1" ? bytes(`tensor ${id}`) : undefined;
    },
    output: async (job: string) => (job === "0x1" ? bytes("output") : undefined),
    model: async (digest: string) => (digest === DIGEST ? bytes("model") : undefined),
    metrics: async () => "opg_healthy 1\n",
    health: async () => ({ ok: healthy }),
  };

  before(async () => ({ server: api, routes } = await routesOf(() => startApi(sources, { host: "127.0.0.1", port: 0 }))));
  after(() => api.close());

  async function ask(path: string, init: RequestInit = {}): Promise<[number, string]> {
    const response = await fetch(`${api.url}${path}`, init);
    return [response.status, await response.text()];
  }

  it("of a daemon are those in the table of docs/operating.md, and no others", () => {
    // Browsers ask before a page does.
    expect(tableOf("operating.md").sort()).to.deep.equal(routes.filter((route) => route !== "OPTIONS *").sort());
  });

  it("of a devnet are those in the table of docs/devnet.md, and no others", async () => {
    const control = await routesOf(() => startControl("", 0));
    await control.server.close();
    expect(tableOf("devnet.md").sort()).to.deep.equal(control.routes.filter((route) => route !== "OPTIONS *").sort());
  });

  it("answer as the page says", async () => {
    expect(await ask("/health?so=what")).to.deep.equal([200, '{"ok":true}']);
    healthy = false;
    expect(await ask("/health")).to.deep.equal([503, '{"ok":false}']);
    expect(await ask("/metrics")).to.deep.equal([200, "opg_healthy 1\n"]);
    expect(await ask("/jobs/0x1/tensors/7")).to.deep.equal([200, "tensor 7"]);
    expect(await ask("/jobs/0x1/tensors/7", { method: "HEAD" })).to.deep.equal([200, ""]);
    expect(await ask("/jobs/0x1/tensors/7", { headers: { range: "bytes=0-1" } })).to.deep.equal([200, "tensor 7"]);
    expect(await ask("/jobs/0x1/tensors/roots")).to.deep.equal([200, "tensor roots"]);
    expect(await ask("/jobs/0x1/output")).to.deep.equal([200, "output"]);
    expect(await ask(`/models/${DIGEST}`)).to.deep.equal([200, "model"]);
  });

  it("let every page read files and tensors, pages of the configured origins the rest, and none the metrics", async () => {
    const [own, other] = ["https://explorer.example", "https://other.example"];
    const configured = await startApi(sources, { host: "127.0.0.1", port: 0, corsOrigins: [own] });
    const everybody = await startApi(sources, { host: "127.0.0.1", port: 0, corsOrigins: ["*"] });
    const readers = async ({ url }: ApiServer, path: string) =>
      Promise.all([own, other].map(async (origin) => (await fetch(`${url}${path}`, { headers: { origin } })).headers.get("access-control-allow-origin")));
    for (const path of ["/jobs/0x1/tensors/7", "/jobs/0x1/output", `/models/${DIGEST}`, "/jobs/0x2/output"]) expect(await readers(api, path), path).to.deep.equal(["*", "*"]);
    expect(await readers(api, "/health")).to.deep.equal([null, null]);
    expect(await readers(configured, "/health")).to.deep.equal([own, null]);
    expect(await readers(everybody, "/health")).to.deep.equal(["*", "*"]);
    for (const each of [api, configured, everybody]) expect(await readers(each, "/metrics")).to.deep.equal([null, null]);
    await Promise.all([configured.close(), everybody.close()]);
  });

  it("refuse what the page says, with its status", async () => {
    const cases: readonly (readonly [number, string, RequestInit?])[] = [
      [404, "/"],
      [404, "/jobs/0x2/tensors/7"],
      [404, "/jobs/0X1/tensors/7"],
      [404, "/jobs/0x2/output"],
      [404, "/jobs/0X1/output"],
      [404, "/jobs/0x1/tensors/07"],
      [404, `/models/${DIGEST.toUpperCase()}`],
      [404, "/health", { method: "POST" }],
      [404, "/health", { method: "OPTIONS" }],
      [400, "/jobs/%zz/tensors/7"],
      [413, "/health", { method: "POST", body: "so much" }],
      [414, `/models/0x${"1".repeat(79)}`],
      [431, "/health", { headers: { much: "x".repeat(8_192) } }],
      [500, "/jobs/0xbad/tensors/7"],
    ];
    for (const [status, path, init] of cases) {
      const [answered, text] = await ask(path, init);
      expect(answered, `${init?.method ?? "GET"} ${path}`).to.equal(status);
      expect(text, "no words of what went wrong here").to.not.include("bucket");
    }
  });
});
