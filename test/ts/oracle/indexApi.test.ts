import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { PROBLEMS } from "../../../core/history/problems.ts";
import { startApi, type ApiServer } from "../../../oracle/api/server.ts";
import type { ChainIndex, Store } from "../../../oracle/ports.ts";
import { until } from "../../../scripts/devnet/stage.ts";
import { account, bondEvent, gameEvent, hash, jobEvent, jobId, modelCreated, requested, submitted, versionPublished, submittedByRoots } from "../../support/chainEvents.ts";
import { misfits, type OpenApi } from "../../support/openApi.ts";
import { openEventStream } from "../../support/eventStream.ts";
import { STORES } from "../../support/stores.ts";

const JOBS = 7;
const job = (n: number) => jobId(7, n);
const OPERATOR = account(5);
const sources = { tensor: async () => undefined, output: async () => undefined, model: async () => undefined, metrics: async () => "", health: async () => ({ ok: true }) };
const ORIGIN = "https://explorer.example";

async function fill(index: ChainIndex): Promise<void> {
  const models = [...modelCreated({ block: 1, logIndex: 0 }, 1, 3), versionPublished({ block: 1, logIndex: 5 }, 10, 1), bondEvent({ block: 1, logIndex: 6 }, "Bonded", 5, { amount: "1200" })];
  await index.advance({ number: 1, hash: hash(1) }, models);
  const jobs = Array.from({ length: JOBS }, (_, n) => requested({ block: 2, logIndex: n }, job(n + 1), 10));
  const served = [submitted({ block: 3, logIndex: 0 }, job(1), 5, `0x${"ef".repeat(900)}`), submittedByRoots({ block: 3, logIndex: 1 }, job(2), 5, [hash(7)], "https://operator.example/output")];
  const disputed = [jobEvent({ block: 4, logIndex: 0 }, job(2), "JobChallenged", { operator: OPERATOR }), gameEvent({ block: 4, logIndex: 1 }, job(2), "Challenged", { challenger: account(8), index: "1", openBy: 9, deadline: 19 })];
  await index.advance({ number: 4, hash: hash(4) }, [...jobs, ...served, ...disputed]);
}

type Json = Record<string, unknown> & { items: Record<string, unknown>[]; next: string | null };

for (const { name, open } of STORES) {
  describe(`the API of the index on ${name}`, function () {
    this.timeout(60_000);
    let store: Store;
    let index: ChainIndex;
    let api: ApiServer;
    const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${api.url}/v1${path}`, { headers });
    const json = async (path: string) => (await (await ask(path)).json()) as Json;
    before(async () => {
      store = await open();
      index = store.chainIndex;
      await fill(index);
      api = await startApi(sources, { host: "127.0.0.1", port: 0, corsOrigins: [ORIGIN], index: { of: index, requestsPerMinute: 0 } });
    });
    after(async () => {
      await api.close();
      await store.close();
    });

    it("says of each thing what the index says", async () => {
      expect(await json("/overview")).to.deep.equal(await index.overview());
      const page = { limit: 50 };
      const lists = { jobs: index.jobs({}, page), disputes: index.disputes({}, page), models: index.models(page), versions: index.versions({}, page), operators: index.operators(page) };
      for (const [path, items] of Object.entries(lists)) expect(await json(`/${path}`), path).to.deep.equal({ items: await items, next: null });
      const events = await index.events({}, { limit: 50, after: 0 });
      expect(await json("/events")).to.deep.equal({ items: events, next: null });
      expect(await json(`/events/${events[0].sequence}`)).to.deep.equal(await index.event(events[0].sequence));
      expect(await json("/models/1")).to.deep.equal({ ...(await index.model("1")), record: await index.tallies("model:1"), versions: { items: await index.versions({}, page), next: null } });
      expect(await json(`/versions/${hash(10)}`)).to.deep.equal({ ...(await index.version(hash(10))), record: await index.tallies(`version:${hash(10)}`) });
      const bond = { items: await index.events({ subject: `operator:${OPERATOR}` }, { limit: 50, after: 0 }), next: null };
      expect(await json(`/operators/${OPERATOR}`)).to.deep.equal({ ...(await index.operator(OPERATOR)), record: await index.tallies(`operator:${OPERATOR}`), events: bond });
    });

    it("shows a job with its timeline, and with input and output however long", async () => {
      const shown = await json(`/jobs/${job(1)}`);
      expect(shown).to.deep.equal({
        ...(await index.job(job(1))),
        input: { bytes: "0x0102", roots: null, uri: null },
        output: { bytes: `0x${"ef".repeat(900)}`, roots: null, uri: null },
        events: { items: await index.events({ subject: `job:${job(1)}` }, { limit: 50, after: 0 }), next: null },
      });
      expect(await json(`/jobs/${job(2)}`)).to.deep.include({ status: "Challenged", output: { bytes: null, roots: [hash(7)], uri: "https://operator.example/output" } });
      expect(await json(`/jobs/${job(3)}`)).to.deep.include({ status: "Requested", output: { bytes: null, roots: null, uri: null }, finalizesAt: null, dispute: null });
    });

    it("gives a list page by page, each job once, and filters it", async () => {
      const seen: unknown[] = [];
      for (let next: string | null = ""; next !== null; ) {
        const page: Json = await json(`/jobs?limit=3${next && `&cursor=${next}`}`);
        seen.push(...page.items.map(({ id }) => id));
        next = page.next;
      }
      expect(seen).to.deep.equal(Array.from({ length: JOBS }, (_, n) => job(JOBS - n)));
      const idsOf = async (query: string) => (await json(query)).items.map(({ id }) => id);
      expect(await idsOf("/jobs?status=Submitted")).to.deep.equal([job(1)]);
      for (const party of [`version=${hash(10)}`, "model=1", `operator=${OPERATOR}`, `requester=${account(7)}`]) expect(await idsOf(`/jobs?${party}&status=Submitted`), party).to.deep.equal([job(1)]);
      expect(await idsOf(`/jobs?operator=${OPERATOR}`)).to.deep.equal([job(2), job(1)]);
      expect(await idsOf("/disputes?state=open")).to.deep.equal([job(2)]);
      expect(await idsOf("/disputes?state=over")).to.deep.equal([]);
      const first = await json("/events?limit=2");
      const second = await json(`/events?limit=2&cursor=${first.next}`);
      expect([...first.items, ...second.items]).to.deep.equal(await index.events({}, { limit: 4, after: 0 }));
    });

    it("answers 304 as long as nothing has changed", async () => {
      const first = await ask("/jobs?limit=1");
      const etag = first.headers.get("etag")!;
      expect((await ask("/jobs?limit=1", { "if-none-match": etag })).status).to.equal(304);
      expect((await ask("/jobs?limit=2", { "if-none-match": etag })).status).to.equal(200);
      await index.advance({ number: 5, hash: hash(5) }, [jobEvent({ block: 5, logIndex: 0 }, job(JOBS), "JobCancelled")]);
      const changed = await ask("/jobs?limit=1", { "if-none-match": etag });
      expect([changed.status, ((await changed.json()) as Json).items[0].status]).to.deep.equal([200, "Cancelled"]);
    });

    it("refuses what it does not know or what is too much, and says so as problem+json", async () => {
      const refusals = {
        "/nothing": "NOT_FOUND",
        "/jobs/0x99": "NOT_FOUND",
        [`/operators/${account(6)}`]: "NOT_FOUND",
        "/jobs/0x0": "INVALID_REQUEST",
        "/jobs?limit=201": "INVALID_REQUEST",
        "/jobs?limit=0": "INVALID_REQUEST",
        "/jobs?cursor=x": "INVALID_REQUEST",
        "/jobs?colour=red": "INVALID_REQUEST",
        [`/jobs?model=1&operator=${OPERATOR}`]: "INVALID_REQUEST",
        "/jobs?status=Nice": "INVALID_REQUEST",
        "/jobs?status=Final&status=Refunded": "INVALID_REQUEST",
        [`/events?subject=job:${"1".repeat(90)}`]: "INVALID_REQUEST",
      } as const;
      for (const [path, code] of Object.entries(refusals)) {
        const response = await ask(path);
        expect(response.headers.get("content-type"), path).to.equal("application/problem+json; charset=utf-8");
        expect(await response.json(), path).to.include({ type: "about:blank", code, ...PROBLEMS[code] });
        expect(response.status, path).to.equal(PROBLEMS[code].status);
      }
      const posted = await fetch(`${api.url}/v1/jobs`, { method: "POST" });
      expect(posted.status).to.equal(404);
    });

    it("lets pages of the configured origins read it, and no others", async () => {
      const allowed = async (origin: string) => (await ask("/overview", { origin })).headers.get("access-control-allow-origin");
      expect(await allowed(ORIGIN)).to.equal(ORIGIN);
      expect(await allowed("https://other.example")).to.equal(null);
      const preflight = await fetch(`${api.url}/v1/overview`, { method: "OPTIONS", headers: { origin: ORIGIN, "access-control-request-method": "GET" } });
      expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).to.deep.equal([204, "GET, HEAD"]);
    });

    it("streams events as they come, and again from the last that a client knows", async () => {
      const live = await openEventStream(`${api.url}/v1/stream`);
      await index.advance({ number: 6, hash: hash(6) }, [jobEvent({ block: 6, logIndex: 0 }, job(6), "JobCancelled"), jobEvent({ block: 6, logIndex: 1 }, job(5), "JobCancelled")]);
      const [first, second] = [await live.next(), await live.next()];
      expect([first.event, second.event]).to.deep.equal(["JobCancelled", "JobCancelled"]);
      expect(first.data).to.deep.equal(JSON.parse(JSON.stringify(await index.event(Number(first.id)))));
      await live.close();
      await index.rewind(5);
      const resumed = await openEventStream(`${api.url}/v1/stream`, first.id);
      expect(await resumed.next()).to.deep.include({ event: "Reorganised" });
      await resumed.close();
      const filtered = await openEventStream(`${api.url}/v1/stream?subject=job:${job(4)}`);
      await index.advance({ number: 6, hash: hash(7) }, [jobEvent({ block: 6, logIndex: 0 }, job(5), "JobCancelled"), jobEvent({ block: 6, logIndex: 1 }, job(4), "JobCancelled")]);
      expect((await filtered.next()).data).to.include({ subject: `job:${job(4)}` });
      await filtered.close();
    });

    it("has no more than 64 streams open, and ends them when it closes", async () => {
      const other = await startApi(sources, { host: "127.0.0.1", port: 0, index: { of: index, requestsPerMinute: 0 } });
      try {
        // All at once, and one too many: each takes its place before anything is waited for.
        const asked = await Promise.allSettled(Array.from({ length: 65 }, () => openEventStream(`${other.url}/v1/stream`)));
        const streams = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
        expect(streams).to.have.length(64);
        const refused = await fetch(`${other.url}/v1/stream`);
        expect(await refused.json()).to.include({ status: 503, code: "TOO_MANY_STREAMS" });
        await streams[0].close();
        await until("a place that is free again", async () => {
          const again = await fetch(`${other.url}/v1/stream`);
          await again.body!.cancel();
          return again.status === 200 || undefined;
        });
        await other.close();
        await Promise.all(streams.slice(1).map((stream) => stream.ended));
      } finally {
        await other.close();
      }
    });

    it("counts the requests of a client", async () => {
      const counting = await startApi(sources, { host: "127.0.0.1", port: 0, index: { of: index, requestsPerMinute: 3 } });
      const statuses: number[] = [];
      for (const path of ["overview", "jobs", "nothing", "overview"]) statuses.push((await fetch(`${counting.url}/v1/${path}`)).status);
      expect(statuses).to.deep.equal([200, 200, 404, 429]);
      const refused = await fetch(`${counting.url}/v1/overview`);
      expect(Number(refused.headers.get("retry-after"))).to.be.within(1, 60);
      expect(await refused.json()).to.include({ status: 429, code: "RATE_LIMITED" });
      expect((await fetch(`${counting.url}/health`)).status, "what is not the index is not counted").to.equal(200);
      await counting.close();
    });

    it("describes itself: every answer has the shape that its OpenAPI document says", async () => {
      const document = (await json("/openapi.json")) as unknown as OpenApi;
      const known: Record<string, string> = { job: job(2), model: "1", version: hash(10), operator: OPERATOR, sequence: String(await index.newest()) };
      const answered = Object.entries(document.paths).filter(([, { get }]) => get.responses[200].content["application/json"] !== undefined);
      expect(answered).to.have.length(Object.keys(document.paths).length - 1);
      for (const [path, { get }] of answered) {
        const at = path.replace(/\{(\w+)\}/, (_, name: string) => known[name]).replace(/^\/v1/, "");
        expect(misfits(document, get.responses[200].content["application/json"]!.schema, await json(at), at)).to.deep.equal([]);
      }
      const problem = await json("/nothing");
      expect(misfits(document, document.components.schemas.Problem, problem, "problem")).to.deep.equal([]);
      expect(misfits(document, document.components.schemas.Overview, { ...(await json("/overview")), models: "1", bonded: undefined, more: 1 }, "")).to.have.length(3);
    });

    it("has the routes and the errors that docs/api.md lists, and no others", async () => {
      const document = (await json("/openapi.json")) as unknown as OpenApi;
      expect(document.openapi).to.equal("3.1.0");
      const page = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "api.md"), "utf8");
      const listed = [...page.matchAll(/^\| `GET (\/v1\/\S*)` \|/gm)].map(([, path]) => path.replace(/:(\w+)/g, "{$1}"));
      expect(Object.keys(document.paths).concat("/v1/openapi.json").sort()).to.deep.equal(listed.sort());
      const operations = Object.values(document.paths).map(({ get }) => get.operationId);
      expect(new Set(operations).size).to.equal(operations.length);
      expect([...page.matchAll(/^\| `([A-Z_]+)` \| (\d+)/gm)].map(([, code, status]) => [code, Number(status)])).to.deep.equal(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
    });
  });
}
