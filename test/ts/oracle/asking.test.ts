import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { startApi } from "../../../oracle/api/server.ts";
import { createCalls } from "../../../oracle/chain/calls.ts";
import type { EventName } from "../../../core/events.ts";
import type { Hex } from "../../../core/hex.ts";
import type { JobEvent } from "../../../core/jobs/events.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import { tensorRoot } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import type { ChainReader, Deployment, GameTerms, Store } from "../../../oracle/ports.ts";
import type { Context, Occasion } from "../../../oracle/roles/context.ts";
import { createTasks } from "../../../oracle/roles/tasks.ts";
import { createDispatch } from "../../../oracle/roles/transactions.ts";
import { outputOf, splitInput } from "../../../oracle/host/versions.ts";
import { createWatcher } from "../../../oracle/roles/watcher.ts";
import { recompute } from "../../../oracle/host/recompute.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { createWaiting } from "../../../oracle/telemetry/waiting.ts";
import { waitsForHere } from "../../../oracle/cli/jobView.ts";
import { createCommitter } from "../../../oracle/runtime/committing.ts";
import { createFiles, sha256Of } from "../../../oracle/store/files.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { emptyStore } from "../../support/stores.ts";

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
const [ME, OPERATOR] = [at("a"), at("b")];
const OPG = 10n ** 18n;
const VERSION: Hex = `0x${"12".repeat(32)}`;
const deployment: Deployment = { chainId: 31337, startBlock: 1, opg: at("1"), models: at("2"), stakes: at("3"), jobs: at("4"), game: at("5"), verifier: at("6") };
const WINDOW = 600;
const SUBMITTED = 1_000;
const terms = (OPG << 160n) | ((100n * OPG) << 64n) | (BigInt(WINDOW) << 16n);
const claim = (BigInt(OPERATOR) << 96n) | (5_000n << 56n) | (BigInt(SUBMITTED) << 16n);
const gameTerms = {
  challengeFee: 25n * OPG, challengeFeeBps: 10n, demandFee: OPG / 2n, demandDepositBps: 50n,
  openPeriod: 600, provePeriod: 600, rewardPeriod: 300, revealPeriod: 60, maxOpenDemands: 64,
} as GameTerms;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const LIMITS = { answerInputBytes: 1 << 20, judgeInputBytes: 1 << 20, tensorBytes: 1 << 20, sampleElements: 4 };

describe("a watcher keeps asking", function () {
  this.timeout(60_000);
  let server: Server;
  let base: string;
  let answer: Answer = (_, response) => response.writeHead(404).end();
  let asked: string[] = [];
  let store: Store;
  let model: CompiledModel;
  let told: { name: EventName; fields: Record<string, unknown> }[] = [];
  const input = new Uint8Array(Float32Array.of(1, -2, 3, -4).buffer);
  const right = new Uint8Array(Float32Array.of(1, 0, 3, 0).buffer);
  const wrong = new Uint8Array(Float32Array.of(1, 0, 3, 7).buffer);

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    store = await emptyStore();
    const file = oneNodeModel({ op: "Relu", inputs: [{ dtype: DType.float32, dims: [4] }], outputs: [{ dtype: DType.float32 }] });
    model = await compile(file, { runtime: ortRuntime });
  });
  beforeEach(() => {
    asked = [];
    told = [];
  });
  after(async () => {
    server.close();
    await store.close();
  });

  let jobs = 0n;
  function setUp(output: Uint8Array, uri: string, budget = 500n * OPG) {
    const id = (BigInt(OPERATOR) << 64n) | jobs++;
    const events: JobEvent[] = [
      { type: "JobRequestedByRoots", version: VERSION, terms, claim: 0n, roots: [tensorRoot({ dtype: DType.float32, dims: [4], perm: [0] }, input) as Hex], uri },
      { type: "JobSubmitted", operator: OPERATOR, claim, output: `0x${Buffer.from(output).toString("hex")}` },
    ];
    const state = foldJob(id, events)!;
    const occasion = (now: number): Occasion => ({ id: formatJobId(id), state, events: [], now, block: 1 });
    const hosted = {
      program: model.program,
      constant: () => expect.fail(),
      run: async (bytes: Uint8Array) => outputOf(model.program, await hosted.trace(bytes)),
      recompute: () => expect.fail(),
      reach: () => expect.fail(),
      async trace(bytes: Uint8Array) {
        const tracer = await model.open(ortRuntime);
        const trace = await tracer.run(splitInput(model.program, bytes));
        await tracer.release();
        return trace;
      },
    };
    const nothing = () => Promise.resolve(undefined);
    const reader = { deployment, gameTerms: () => Promise.resolve(gameTerms), ledgerBalance: () => Promise.resolve(1_000n * OPG) } as Partial<ChainReader>;
    const context: Context = {
      address: ME,
      store,
      reader: reader as ChainReader,
      calls: createCalls(deployment),
      files: createFiles({ timeoutMs: 2_000, ipfsGateways: [`${base}/gateway`] }),
      shelf: { put: nothing, tensors: nothing, putInput: nothing, input: nothing, putOutput: nothing, room: () => Promise.resolve(Infinity), drop: nothing },
      versions: { get: () => Promise.resolve(hosted), close: nothing },
      committer: createCommitter(1),
      twin,
      clock: { now: () => performance.now(), sleep: () => Promise.resolve() },
      telemetry: { emit: (name, fields) => void told.push({ name, fields: fields as Record<string, unknown> }) },
    };
    const policy = { versions: "all", hiddenInputAfter: 0.5, hiddenInputBudget: budget, doubtBudget: 0n } as const;
    const { judge } = createWatcher(context, createDispatch(context), createTasks(context, LIMITS), policy);
    const challenged = async () => (await store.outbox.open(1_000)).some(({ job, kind }) => job === formatJobId(id) && kind === "challenge");
    return { id: formatJobId(id), state, context, judge: (now: number) => judge(occasion(now)), challenged };
  }

  const answers: Record<string, Answer> = {
    "HTTP 404": (_, response) => response.writeHead(404).end(),
    "HTTP 401": (_, response) => response.writeHead(401).end(),
    "HTTP 403": (_, response) => response.writeHead(403).end(),
    "HTTP 500": (_, response) => response.writeHead(500).end(),
    "HTTP 503": (_, response) => response.writeHead(503).end(),
    "a redirection": (_, response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
    "a short body": (_, response) => response.end(input.subarray(0, 7)),
    "a long body": (_, response) => response.end(new Uint8Array(99)),
    "other bytes": (_, response) => response.end(wrong),
    "a connection that breaks": (request) => request.socket.destroy(),
  };
  for (const [name, refusal] of Object.entries(answers))
    it(`after ${name} it says what it waits for, asks again, and judges`, async () => {
      const { id, judge, challenged } = setUp(wrong, `${base}/x`);
      answer = refusal;
      const times = [await judge(1_010), await judge(1_015), await judge(1_025)];
      expect(times).to.deep.equal([1_015, 1_025, 1_045]);
      const waiting = told.filter((event) => event.name === "watch.waiting");
      expect(waiting.map(({ fields }) => fields.seconds)).to.deep.equal([5, 10, 20]);
      expect(waiting[0].fields.job).to.equal(id);
      expect(String(waiting[0].fields.for)).to.match(/the input is not to be had/);
      expect(told.some((event) => event.name === "watch.gave-up")).to.equal(false);
      expect(await challenged()).to.equal(false);

      answer = (_, response) => response.end(input);
      await judge(1_045);
      expect(told.some((event) => event.name === "watch.mismatched")).to.equal(true);
      expect(await challenged()).to.equal(true);
    });

  it("asks more often when little of the window is left", async () => {
    answer = answers["HTTP 404"];
    const { judge } = setUp(wrong, `${base}/x`, 0n);
    for (let now = 1_010, i = 0; i < 6; i++) now = (await judge(now))!;
    expect(await judge(SUBMITTED + WINDOW - 40)).to.equal(SUBMITTED + WINDOW - 35);
    expect(await judge(SUBMITTED + WINDOW - 3)).to.equal(SUBMITTED + WINDOW - 2);
  });

  it("a run that fails here is tried again, too", async () => {
    answer = (_, response) => response.end(input);
    const { context, state } = setUp(right, `${base}/x`);
    const hosted = await context.versions.get(VERSION);
    let runs = 0;
    const run = (bytes: Uint8Array) => (runs++ === 0 ? Promise.reject(new Error("out of memory")) : hosted.run(bytes));
    const shaky = { ...context, versions: { ...context.versions, get: () => Promise.resolve({ ...hosted, run }) } };
    const first = await recompute(shaky, state, 1 << 20).catch((error: unknown) => error);
    expect(first).to.include({ kind: "transient", code: "RUN_FAILED" });
    expect(await recompute(shaky, state, 1 << 20)).to.include({ verdict: "match" });
  });

  it("what is true of the job itself stays: an input that is too long here is not asked for again", async () => {
    const { context, state } = setUp(right, `${base}/x`);
    expect(await recompute(context, state, 15)).to.include({ verdict: "unknown", detail: "the input has 16 bytes" });
    expect(asked).to.have.length(0);
  });

  it("asks every address that the request names, of ipfs at the gateways, until one has the right bytes", async () => {
    answer = (request, response) => {
      if (request.url === "/gateway/ipfs/bafy/input") response.end(input);
      else if (request.url === "/b") response.end(wrong);
      else response.writeHead(404).end();
    };
    const { judge } = setUp(right, `${base}/a ${base}/b\tipfs://bafy/input ${base}/never`);
    await judge(1_010);
    expect(asked).to.deep.equal(["/a", "/b", "/gateway/ipfs/bafy/input"]);
    expect(told.map(({ name }) => name)).to.deep.equal(["watch.matched"]);
  });

  it("takes a published file from the address that has the published digest, and asks eight at most", async () => {
    const file = Buffer.from("the model");
    answer = (request, response) => (request.url === "/2" ? response.end(file) : response.end("another"));
    const files = createFiles({ timeoutMs: 2_000 });
    expect(Buffer.from(await files.published(`${base}/1 ${base}/2`, sha256Of(file), 100))).to.deep.equal(file);
    asked = [];
    const many = Array.from({ length: 20 }, (_, i) => `${base}/9${i}`).join(" ");
    const failure = await files.published(many, sha256Of(file), 100).catch((error: unknown) => error);
    expect(failure).to.include({ kind: "transient", code: "DOWNLOAD_FAILED" });
    expect(asked).to.have.length(8);
    const unusable = await files.published("ipfs://bafy", sha256Of(file), 100).catch((error: unknown) => error);
    expect(unusable).to.include({ kind: "transient", code: "URI_UNUSABLE" });
  });

  it("challenges an input that nobody serves after half of the window, not before, as far as the day's budget goes", async () => {
    answer = answers["HTTP 404"];
    // 25 OPG and 0.1 % of the bond, and one leaf for 0.5 OPG and 0.5 % of the bond.
    const price = 25n * OPG + OPG / 10n + OPG / 2n + OPG / 2n;
    for (const [budget, expected] of [[price, true], [price - 1n, false], [0n, false]] as const) {
      const { judge, challenged, id } = setUp(right, `${base}/x`, budget);
      await judge(SUBMITTED + WINDOW / 2 - 1);
      expect(await challenged()).to.equal(false);
      await judge(SUBMITTED + WINDOW / 2);
      expect(await challenged(), String(budget)).to.equal(expected);
      const said = told.filter(({ name, fields }) => name === "watch.hidden-input" && fields.job === id);
      expect(String(said.at(-1)?.fields.reason)).to.match(expected ? /^challenged/ : /budget/);
    }
  });

  it("tells of what it waits for where people look: in /health, and with opg job", async () => {
    let now = 0;
    const waiting = createWaiting(() => now);
    const api = await startApi(
      { tensor: () => Promise.resolve(undefined), output: () => Promise.resolve(undefined), model: () => Promise.resolve(undefined), metrics: () => Promise.resolve(""), health: () => Promise.resolve({ ok: true, waiting: waiting.list() }) },
      { host: "127.0.0.1", port: 0 },
    );
    try {
      const here = { host: "127.0.0.1", port: Number(new URL(api.url).port) };
      expect(await waitsForHere(here, "0x1")).to.equal(undefined);
      waiting.subscriber("watch.waiting", { job: "0x1", for: "HTTP 404", seconds: 20 });
      waiting.subscriber("watch.waiting", { job: "0x2", for: "HTTP 403", seconds: 20 });
      expect(await waitsForHere(here, "0x1")).to.equal("HTTP 404");
      waiting.subscriber("watch.matched", { job: "0x1" });
      expect(await waitsForHere(here, "0x1")).to.equal(undefined);
      expect(await waitsForHere(here, "0x2")).to.equal("HTTP 403");
      now += 120_000;
      expect(await waitsForHere(here, "0x2"), "nobody asked again").to.equal(undefined);
      for (let i = 0; i < 500; i++) waiting.subscriber("watch.waiting", { job: `0x${i}`, for: "", seconds: 5 });
      expect(waiting.list()).to.have.length(100);
    } finally {
      await api.close();
    }
  });
});
