import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { historyOverHttp, OpgError, type History } from "../../../sdk/history/index.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => (_, response) => response.writeHead(status, headers).end(JSON.stringify(body));
const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer => json(status, { type: "about:blank", status, code, title: "", detail: `${code} it is` }, headers);
const PAGE = { items: [], next: null };

describe("a history over HTTP", () => {
  let server: Server;
  let history: History;
  /** What the server answers, one after the other; the last again and again. */
  let answers: Answer[] = [];
  const asked: { readonly url: string; readonly headers: IncomingMessage["headers"] }[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push({ url: request.url!, headers: request.headers });
      (answers.length > 1 ? answers.shift()! : answers[0])(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(() => {
    asked.length = 0;
    history = historyOverHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const fault = async (doing: Promise<unknown>): Promise<OpgError> => {
    const error: unknown = await doing.then(() => "nothing was refused", (thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(OpgError);
    return error as OpgError;
  };

  it("asks again only for what has changed, and forgets the answers that it was given first", async () => {
    answers = [json(200, PAGE, { etag: '"1"' }), (_, response) => response.writeHead(304).end(), json(200, { items: [], next: "2" }, { etag: '"2"' })];
    expect([await history.jobs(), await history.jobs(), await history.jobs()]).to.deep.equal([PAGE, PAGE, { items: [], next: "2" }]);
    expect(asked.map(({ headers }) => headers["if-none-match"])).to.deep.equal([undefined, '"1"', '"1"']);
    answers = [json(200, PAGE, { etag: '"3"' })];
    for (let limit = 1; limit <= 65; limit++) await history.jobs({}, { limit });
    asked.length = 0;
    await history.jobs({}, { limit: 65 });
    await history.jobs({}, { limit: 1 });
    expect(asked.map(({ headers }) => headers["if-none-match"])).to.deep.equal(['"3"', undefined]);
  });

  it("throws what the API says is wrong, with a way out", async () => {
    answers = [problem(503, "STORE_UNAVAILABLE")];
    expect(await fault(history.overview())).to.deep.include({ code: "STORE_UNAVAILABLE", message: "STORE_UNAVAILABLE it is", remedy: "try again in a few seconds" });
    answers = [problem(404, "NOT_FOUND")];
    expect(await history.job("0x1")).to.equal(undefined);
    expect((await fault(history.jobs())).code).to.equal("NOT_FOUND");
  });

  it("waits for a moment where it asked too often, and says how long it would be otherwise", async () => {
    answers = [problem(429, "RATE_LIMITED", { "retry-after": "0" }), problem(429, "RATE_LIMITED", { "retry-after": "1" }), json(200, PAGE)];
    const start = performance.now();
    expect(await history.jobs()).to.deep.equal(PAGE);
    expect(performance.now() - start).to.be.within(900, 5_000);
    answers = [problem(429, "RATE_LIMITED", { "retry-after": "42" })];
    expect(await fault(history.jobs())).to.deep.include({ code: "RATE_LIMITED", args: { retryAfter: 42 }, remedy: "come back in 42 seconds, or ask a daemon of your own" });
    answers = [problem(429, "RATE_LIMITED", { "retry-after": "0" })];
    asked.length = 0;
    expect((await fault(history.jobs())).code).to.equal("RATE_LIMITED");
    expect(asked).to.have.length(4);
  });

  it("tells something that is no index from an index", async () => {
    answers = [json(404, { error: "not found" })];
    for (const doing of [history.jobs(), history.job("0x1")]) expect(await fault(doing)).to.deep.include({ code: "API", remedy: "check the address, and that the daemon has an index (api.index)" });
    answers = [(_, response) => response.writeHead(200).end("<html>")];
    expect((await fault(history.overview())).message).to.match(/answers with status 200 and no JSON/);
    answers = [(_, response) => void response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy())];
    expect((await fault(history.overview())).code).to.equal("API");
    answers = [(request) => request.destroy()];
    expect((await fault(history.overview())).message).to.match(/does not answer/);
  });

  it("reads no more of an answer than one can have", async () => {
    let sent = 0;
    answers = [
      (_, response) => {
        response.writeHead(200);
        const more = (): void => {
          while (sent < 1 << 30 && response.write(Buffer.alloc(1 << 20, 32))) sent += 1 << 20;
        };
        response.on("drain", more);
        more();
      },
    ];
    expect((await fault(history.overview())).message).to.match(/it has more than 33554432 bytes/);
    expect(sent).to.be.lessThan(64 << 20);
  });

  it("goes on with the stream where it was lost, from the place at which it began", async () => {
    const send = (text: string, isEnd: boolean): Answer => (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(text);
      if (isEnd) response.end();
    };
    const event = (sequence: number) => `id: ${sequence}\nevent: Bonded\ndata: ${JSON.stringify({ sequence })}\n\n`;
    answers = [send("retry: 2000\nid: 7\n\n: alive\n\n", true), send(event(8).slice(0, 20), true), send(event(8) + event(9), false)];
    const told: number[] = [];
    const end = history.subscribe(({ sequence }) => void told.push(sequence), { subject: `operator:0x${"A".repeat(40)}` });
    for (let tries = 0; told.length < 2 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
    end();
    expect(told).to.deep.equal([8, 9]);
    expect(asked.map(({ headers }) => headers["last-event-id"])).to.deep.equal([undefined, "7", "7"]);
    expect(asked[0].url).to.equal(`/v1/stream?subject=operator%3A0x${"a".repeat(40)}`);
  }).timeout(15_000);

  it("says what keeps the stream away, asks again, and ends when it is told to", async () => {
    answers = [problem(503, "TOO_MANY_STREAMS"), (_, response) => void response.writeHead(200).write("id: 1\ndata: {}\n\n")];
    const [told, faults]: [unknown[], string[]] = [[], []];
    const end = history.subscribe((event) => void told.push(event), { onError: (error) => void faults.push((error as OpgError).code) });
    for (let tries = 0; told.length < 1 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect([told, faults]).to.deep.equal([[{}], ["TOO_MANY_STREAMS"]]);
    end();
    for (let tries = 0; tries < 100; tries++) {
      const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
      if (open === 0) break;
      server.closeIdleConnections();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(tries, "the connection is given up").to.be.lessThan(99);
    }
  }).timeout(15_000);
});
