import { expect } from "chai";
import { concat, getBytes } from "ethers";
import { createCalls } from "../../../oracle/chain/calls.ts";
import { gameInterface } from "../../../oracle/chain/contracts.ts";
import { commitTrace } from "../../../core/dispute/evidence.ts";
import { decodeReveal, encodeDemand, placeName, type Place } from "../../../core/dispute/places.ts";
import { transientError } from "../../../core/errors.ts";
import type { EventName } from "../../../core/events.ts";
import type { Hex } from "../../../core/hex.ts";
import { encodeJobEvent, type JobEvent } from "../../../core/jobs/events.ts";
import { formatJobId, jobDigest } from "../../../core/jobs/job.ts";
import type { Step } from "../../../core/jobs/lifecycle.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import { tensorRoot } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { traceTree } from "../../../core/program/program.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import type { ChainReader, Deployment, GameTerms, OutboxEntry, Store, StoredEvent, TensorShelf } from "../../../oracle/ports.ts";
import type { Context, Occasion, StepHandler } from "../../../oracle/roles/context.ts";
import { createDaemon } from "../../../oracle/roles/daemon.ts";
import { createInvestigations } from "../../../oracle/roles/investigation.ts";
import { createOperator } from "../../../oracle/roles/operator.ts";
import { suspectOf } from "../../../oracle/roles/suspect.ts";
import { createTasks } from "../../../oracle/roles/tasks.ts";
import { createDispatch } from "../../../oracle/roles/transactions.ts";
import { splitInput, type HostedVersion } from "../../../oracle/host/versions.ts";
import { createWatcher } from "../../../oracle/roles/watcher.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { emptyStore } from "../../support/stores.ts";

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
const [ME, OTHER] = [at("a"), at("b")];
const VERSION: Hex = `0x${"12".repeat(32)}`;
const OPG = 10n ** 18n;
const deployment: Deployment = { chainId: 31337, startBlock: 1, opg: at("1"), models: at("2"), stakes: at("3"), jobs: at("4"), game: at("5"), verifier: at("6") };
const terms = (OPG << 160n) | ((100n * OPG) << 64n) | (600n << 16n);
const claimOf = (operator: Hex, time: number) => (BigInt(operator) << 96n) | (5_000n << 56n) | (BigInt(time) << 16n);

/** A model of one node whose tensors have 79 leaves. */
const ELEMENTS = 20_000;
const LEAVES = 79;

const LIMITS = { answerInputBytes: 1 << 20, judgeInputBytes: 1 << 20, tensorBytes: 1 << 20, sampleElements: 4 };

describe("answers in time", function () {
  this.timeout(60_000);
  let store: Store;
  let compiled: CompiledModel;
  const input = new Uint8Array(Float32Array.from({ length: ELEMENTS }, (_, i) => Math.sin(i)).buffer);
  const told: { name: EventName; fields: object }[] = [];
  const clock = { now: () => performance.now(), sleep: () => Promise.resolve() };
  const telemetry: Context["telemetry"] = { emit: (name, fields) => void told.push({ name, fields }) };
  const calls = createCalls(deployment);

  before(async () => {
    store = await emptyStore();
    const model = oneNodeModel({ op: "Relu", inputs: [{ dtype: DType.float32, dims: [ELEMENTS] }], outputs: [{ dtype: DType.float32 }] });
    compiled = await compile(model, { runtime: ortRuntime });
  });
  after(() => store.close());

  /** A shelf in memory, which a restart does not lose. */
  function createShelf(): TensorShelf {
    const opened = new Map<string, readonly Uint8Array[]>();
    const inputs = new Map<string, Uint8Array>();
    return {
      put: async (job, tensors) => void opened.set(job, tensors),
      tensors: (job, count) => Promise.resolve(opened.get(job)?.slice(0, count)),
      putInput: async (job, bytes) => void inputs.set(job, bytes),
      input: (job) => Promise.resolve(inputs.get(job)),
      room: () => Promise.resolve(Infinity),
      drop: async (job) => void (opened.delete(job), inputs.delete(job)),
    };
  }

  /** The version as it is after it was loaded; `runs` may be forbidden, because this host has lost its model. */
  async function host(runs = true): Promise<HostedVersion> {
    const lost = () => Promise.reject(new Error("this host cannot run the version"));
    if (!runs) return { program: compiled.program, constant: () => expect.fail(), run: lost, trace: lost, recompute: lost };
    const tracer = await compiled.open(ortRuntime);
    const trace = (bytes: Uint8Array) => tracer.run(splitInput(compiled.program, bytes));
    const run = async (bytes: Uint8Array) => (await trace(bytes))[compiled.program.outputs[0].id];
    return { program: compiled.program, constant: () => expect.fail(), run, trace, recompute: lost };
  }

  function contextOf(parts: Partial<Context>, reader: Partial<ChainReader> = {}): Context {
    const absent = (name: string) => () => Promise.reject(new Error(`${name} is not part of this story`));
    return {
      address: ME,
      store,
      reader: { deployment, ...reader } as ChainReader,
      calls,
      files: { published: absent("publishing"), download: () => Promise.reject(transientError("DOWNLOAD_FAILED", "nobody is there")) },
      shelf: createShelf(),
      versions: { get: absent("a version"), close: () => Promise.resolve() },
      twin,
      clock,
      telemetry,
      ...parts,
    };
  }

  const policy = { versions: "all", minFee: 0n, maxBond: 1_000n * OPG, maxCallbackGas: 100_000, bondPerCheck: 0n, publicUrl: "http://me", confirmations: 0, pollSeconds: 1, minesOnDemand: true } as const;
  const operatorOf = (context: Context) => createOperator(context, createDispatch(context), createTasks(context, LIMITS), policy);

  let jobs = 0n;
  const newId = () => (BigInt(OTHER) << 64n) | jobs++;
  const requestedByRoots = (): JobEvent => ({
    type: "JobRequestedByRoots",
    version: VERSION,
    terms,
    claim: claimOf(at("0"), 0),
    roots: [tensorRoot({ dtype: DType.float32, dims: [ELEMENTS], perm: [0] }, input) as Hex],
    uri: "http://requester/input",
  });
  const occasionOf = (id: bigint, events: readonly JobEvent[], now = 1_000, block = 50): Occasion => ({
    id: formatJobId(id),
    state: foldJob(id, events)!,
    events: events.map(encodeJobEvent),
    now,
    block,
  });
  const planned = async (id: bigint, kind: string): Promise<OutboxEntry[]> =>
    (await store.outbox.open(1_000)).filter((entry) => entry.job === formatJobId(id) && entry.kind === kind);

  /** The job, submitted, challenged and opened, by what this operator's steps planned. */
  async function opened(shelf: TensorShelf): Promise<{ id: bigint; events: JobEvent[] }> {
    const id = newId();
    const hosted = await host();
    const trees = commitTrace(compiled.program, await hosted.trace(input));
    const roots = trees.map(({ root }) => root);
    await shelf.put(formatJobId(id), trees.map(({ data }) => data), getBytes(concat(roots)));
    const committed = traceTree(roots);
    const traceRoot = committed.root as Hex;
    const output = `0x${Buffer.from(await hosted.run(input)).toString("hex")}` as Hex;
    const events: JobEvent[] = [
      requestedByRoots(),
      { type: "JobSubmitted", operator: ME, claim: claimOf(ME, 900), output },
      { type: "JobChallenged", operator: ME },
      { type: "Challenged", challenger: OTHER, openBy: 1_500, deadline: 2_100 },
      { type: "Opened", operator: ME, traceRoot, shown: concat(committed.below(0, 0)) as Hex, uri: "http://me" },
    ];
    return { id, events };
  }

  const leaves = (from: number, to: number): Place[] =>
    Array.from({ length: to - from }, (_, i) => ({ tensor: 1, level: 7, index: from + i }));
  const demanded = (places: readonly Place[], revealBy: number): JobEvent => ({
    type: "Demanded",
    demander: OTHER,
    items: places.map((place) => placeName(place, 7) as Hex),
    revealBy,
    wanted: encodeDemand(compiled.program, places) as Hex,
  });
  const shownBy = (entries: readonly OutboxEntry[]) =>
    entries.flatMap(({ data }) =>
      decodeReveal(String(gameInterface.decodeFunctionData("reveal", data)[1])).flatMap((shown) => shown.leaves!.leaves),
    );

  it("declines a job whose callback would cost more gas than it agreed to", async () => {
    const context = contextOf({});
    const id = newId();
    const asked = (gas: bigint): JobEvent => ({ ...requestedByRoots(), terms: terms | (gas << 40n) }) as JobEvent;
    expect(foldJob(id, [asked(200_000n)])!.terms.callbackGas).to.equal(200_000);
    expect(await operatorOf(context).serve(occasionOf(id, [asked(200_000n)]))).to.equal(undefined);
    expect(await planned(id, "submit")).to.have.length(0);
    // Within its limit, it goes on to the next question.
    const within = operatorOf(context).serve(occasionOf(id, [asked(100_000n)]));
    await within.then(
      () => expect.fail("a reader without an account was not asked"),
      (error: unknown) => expect(String(error)).to.match(/transactionCount/),
    );
  });

  it("asks an operator that drips its tensors no longer than a reveal period", async () => {
    const { id, events } = await opened(createShelf());
    const hosted = await host();
    const trees = commitTrace(compiled.program, await hosted.trace(input));
    let now = 0;
    let asked = 0;
    const drips = (length: number) => {
      now += 40_000;
      asked++;
      return Promise.resolve(trees[asked % 2].data.subarray(0, length));
    };
    const shelf = createShelf();
    await shelf.putInput(formatJobId(id), input);
    const context = contextOf(
      {
        shelf,
        clock: { ...clock, now: () => now },
        files: { published: () => expect.fail(), download: (_uri, length) => drips(length) },
        versions: { get: () => Promise.resolve(hosted), close: () => Promise.resolve() },
      },
      { gameTerms: () => Promise.resolve({ maxOpenDemands: 64, revealPeriod: 60 } as GameTerms) },
    );
    const limits = { maxInputBytes: 1 << 20, maxTensorBytes: 1 << 20 };
    expect(await createInvestigations(context, limits)(occasionOf(id, events))).to.deep.equal({ kind: "honest" });
    const { served } = await suspectOf(context, foldJob(id, events)!, hosted, input, limits.maxTensorBytes);
    await served.fetch([1]);
    expect(served.withheld.size).to.equal(0);
    await served.fetch([1]);
    await served.fetch([1]);
    expect(asked).to.equal(2);
    expect(served.withheld.get(1)).to.match(/took a reveal period/);
  });

  it("keeps an input by roots that its requester takes from the net, and opens without it", async () => {
    const shelf = createShelf();
    const id = newId();
    const events = [requestedByRoots()];
    const hosted = await host();
    const versions = { get: () => Promise.resolve(hosted), close: () => Promise.resolve() };
    const files = { published: () => expect.fail(), download: () => Promise.resolve(input) };
    const reader = {
      bond: () => Promise.resolve({ bonded: 0n, exiting: 0n, exitAt: 0, locked: 0n, free: 1_000n * OPG }),
      nativeBalance: () => Promise.resolve(OPG),
      gasPrice: () => Promise.resolve(1n),
      transactionCount: () => Promise.resolve(0),
      maxOutputBytes: () => Promise.resolve(1 << 20),
      gameTerms: () => Promise.resolve({ openPeriod: 600, revealPeriod: 60 } as GameTerms),
    };
    await operatorOf(contextOf({ shelf, versions, files }, reader)).serve(occasionOf(id, events));
    const [submit] = await planned(id, "submit");
    expect(submit.urgent).to.equal(false);

    const output = `0x${Buffer.from(await hosted.run(input)).toString("hex")}` as Hex;
    events.push(
      { type: "JobSubmitted", operator: ME, claim: claimOf(ME, 900), output },
      { type: "JobChallenged", operator: ME },
      { type: "Challenged", challenger: OTHER, openBy: 1_500, deadline: 2_100 },
    );
    await operatorOf(contextOf({ shelf, versions })).open(occasionOf(id, events));
    expect(await planned(id, "open")).to.have.length(1);
    expect((await shelf.tensors(formatJobId(id), 2))?.map(({ length }) => length)).to.deep.equal([4 * ELEMENTS, 4 * ELEMENTS]);
  });

  it("refuses a kept input that is another request's", async () => {
    const shelf = createShelf();
    const id = newId();
    await shelf.putInput(formatJobId(id), input.map((byte) => byte ^ 1));
    const hosted = await host();
    const versions = { get: () => Promise.resolve(hosted), close: () => Promise.resolve() };
    const { events } = await opened(createShelf());
    const failure = await operatorOf(contextOf({ shelf, versions })).open(occasionOf(id, events.slice(0, 4))).catch((error: unknown) => error);
    expect(failure).to.include({ kind: "transient", code: "INPUT_UNAVAILABLE" });
  });

  it("answers 64 demands after a restart, without the input, from a host that cannot run the version any more", async () => {
    const shelf = createShelf();
    const { id, events } = await opened(shelf);
    const hosted = await host(false);
    const versions = { get: () => Promise.resolve(hosted), close: () => Promise.resolve() };
    await operatorOf(contextOf({ shelf, versions })).reveal(occasionOf(id, [...events, demanded(leaves(0, 64), 1_060)]));
    const entries = await planned(id, "reveal");
    expect(entries).to.have.length(2);
    expect(entries.every(({ urgent }) => urgent)).to.equal(true);
    expect(entries.every(({ data }) => getBytes(data).length < 131_072 - 1_024), "fits a transaction").to.equal(true);
    expect(shownBy(entries).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 64 }, (_, i) => i));
  });

  it("recomputes a trace that the disk lost, and says so when the host no longer reproduces it", async () => {
    const { id, events } = await opened(createShelf());
    const shelf = createShelf();
    await shelf.putInput(formatJobId(id), input);
    const hosted = await host();
    const occasion = occasionOf(id, [...events, demanded(leaves(3, 5), 1_060)]);
    const of = (trace: HostedVersion["trace"]) =>
      operatorOf(contextOf({ shelf, versions: { get: () => Promise.resolve({ ...hosted, trace }), close: () => Promise.resolve() } }));
    const other = await of(async (bytes) => (await hosted.trace(bytes)).map((tensor, i) => (i === 1 ? tensor.map(() => 0) : tensor)))
      .reveal(occasion)
      .catch((error: unknown) => error);
    expect(other).to.include({ code: "TRACE_LOST" });
    await of((bytes) => hosted.trace(bytes)).reveal(occasion);
    expect(shownBy(await planned(id, "reveal"))).to.deep.equal([3, 4]);
  });

  it("reveals every place once, although new demands come while the answers are under way", async () => {
    const shelf = createShelf();
    const { id, events } = await opened(shelf);
    const hosted = await host();
    const operator = operatorOf(contextOf({ shelf, versions: { get: () => Promise.resolve(hosted), close: () => Promise.resolve() } }));
    const first = demanded(leaves(0, 40), 1_060);
    const second = demanded(leaves(40, 50), 1_062);
    await operator.reveal(occasionOf(id, [...events, first]));
    await operator.reveal(occasionOf(id, [...events, first, second]));
    const items = leaves(0, 32).map((place) => placeName(place, 7) as Hex);
    const answered: JobEvent = { type: "Revealed", items, shown: `0x${"00".repeat(32)}` };
    await operator.reveal(occasionOf(id, [...events, first, second, answered]));
    const shown = shownBy(await planned(id, "reveal"));
    expect(shown.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
    expect(LEAVES).to.be.greaterThan(50);
  });

  describe("dispatch", () => {
    const submitted = (): [bigint, JobEvent[]] => [newId(), [requestedByRoots()]];
    const call = () => ({ to: at("4"), data: "0x01" as Hex, value: 0n });

    it("tries a refused answer again for as long as it is due, and a refused routine transaction a few times", async () => {
      for (const [kind, tries] of [["reveal", 40], ["finalize", 3]] as const) {
        const [id, events] = submitted();
        const dispatch = createDispatch(contextOf({}));
        let replans = 0;
        let last = 0;
        for (let now = 1_000; now < 1_400; now++) {
          await dispatch(kind, occasionOf(id, events, now), call);
          const intent = `${kind}:${formatJobId(id)}:${jobDigest(foldJob(id, events)!.job).slice(2, 18)}`;
          if ((await store.outbox.get(intent))!.status !== "planned") continue;
          if (kind === "reveal" && last > 0) expect(now - last).to.be.at.most(11);
          [replans, last] = [replans + 1, now];
          await store.outbox.refused(intent, "the node lags behind");
        }
        expect(replans - 1, kind).to.be.within(tries - 1, tries + 2);
      }
    });

    it("sends what a reorganisation undid as it was; where it stands it reads the chain again, and then does it anew", async () => {
      const [id, events] = submitted();
      const intent = `challenge:${formatJobId(id)}:${jobDigest(foldJob(id, events)!.job).slice(2, 18)}`;
      const attempt = { hash: VERSION, raw: "0x02", maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAt: 1 } as const;
      const confirm = async () => {
        await store.outbox.sent(intent, 7, 21_000n, [attempt]);
        await store.outbox.confirmed(intent, { hash: VERSION, block: 40, gasUsed: 1n }, attempt);
      };
      const left = async () => {
        const { status, nonce, attempts } = (await store.outbox.get(intent))!;
        return { status, nonce, attempts: attempts.length };
      };
      for (const minedIn of [undefined, 40]) {
        const dispatch = createDispatch(contextOf({}, { minedIn: () => Promise.resolve(minedIn) }));
        await dispatch("challenge", occasionOf(id, events), call);
        await confirm();
        await dispatch("challenge", occasionOf(id, events, 1_000, 39), call);
        expect((await left()).status, "its block has not been read").to.equal("confirmed");
        await dispatch("challenge", occasionOf(id, events, 1_000, 40), call);
        expect(await left(), "the same bytes again, or its block to be read again").to.deep.equal({ status: "sent", nonce: 7, attempts: 1 });
        await confirm();
        await dispatch("challenge", occasionOf(id, events, 1_000, 40), call);
        const expected = minedIn === undefined ? { status: "sent", nonce: 7, attempts: 1 } : { status: "planned", nonce: null, attempts: 0 };
        expect(await left()).to.deep.equal(expected);
      }
    });
  });

  describe("a watcher without means", () => {
    it("says what is missing, and pays in no more than that", async () => {
      const [id, events] = [newId(), [requestedByRoots()]];
      events.push({ type: "JobSubmitted", operator: OTHER, claim: claimOf(OTHER, 900), output: "0x01" });
      const occasion = occasionOf(id, events);
      await store.recordVerdict(occasion.id, jobDigest(occasion.state.job), { verdict: "mismatch", detail: "" });
      let wallet = 2n * OPG;
      const context = contextOf({}, {
        gameTerms: () => Promise.resolve({ challengeFee: 9n * OPG, challengeFeeBps: 100n } as Awaited<ReturnType<ChainReader["gameTerms"]>>),
        ledgerBalance: () => Promise.resolve(7n * OPG),
        tokenBalance: () => Promise.resolve(wallet),
        allowance: () => Promise.resolve(5n * OPG),
      });
      const watcher = createWatcher(context, createDispatch(context), createTasks(context, LIMITS), {
        versions: "all",
        hiddenInputAfter: 1,
        hiddenInputBudget: 0n,
      });
      expect(await watcher.judge(occasion)).to.equal(1_015);
      expect(told.at(-1)).to.deep.equal({ name: "watch.unfunded", fields: { job: occasion.id, missing: "1.0" } });
      wallet = 3n * OPG;
      expect(await watcher.judge(occasion)).to.equal(1_001);
      const [deposit] = await planned(id, "deposit");
      expect(deposit.data).to.equal(calls.deposit(deployment.game, ME, 3n * OPG).data);
      expect(deposit.urgent).to.equal(true);
    });
  });

  describe("daemon", () => {
    const stored = (id: bigint, block: number, events: readonly JobEvent[], disputed = false): StoredEvent[] =>
      events.map((event, i) => ({ block, logIndex: 1_000 * i + Number(id & 0xffffn), job: formatJobId(id), event: encodeJobEvent(event), disputed }));

    it("answers a demand while every place for jobs is taken, and takes the others in the order in which they came", async () => {
      const fresh = await emptyStore();
      try {
        const requests: StoredEvent[] = [];
        for (let i = 0n; i < 20n; i++) requests.push(...stored((1n << 64n) | (99n - i), 100 + Number(i), [requestedByRoots()]));
        const { events } = await opened(createShelf());
        const disputedId = (0xfn << 150n) | 5n;
        await fresh.advance({ number: 150, hash: VERSION }, requests);
        const dispute = stored(disputedId, 151, [...events, demanded(leaves(0, 1), 9_000)], true);
        await fresh.advance({ number: 151, hash: VERSION }, dispute);

        let finish = () => {};
        const gate = new Promise<void>((resolve) => (finish = resolve));
        const served: string[] = [];
        let revealed = 0;
        const handler = (step: Step): StepHandler => async ({ id, now }) => {
          if (step === "serve") {
            served.push(id);
            await gate;
          }
          if (step === "reveal" && ++revealed === 1) throw new Error("the disk hiccups");
          return now + 3_600;
        };
        const steps = ["serve", "open", "judge", "prosecute", "reveal", "timeout", "silence", "resolve", "finalize", "refund", "reclaim", "collect", "takeover"] as const;
        const handlers = Object.fromEntries(steps.map((step) => [step, handler(step)])) as Record<Step, StepHandler>;
        let next = 1_000;
        const head = () => Promise.resolve({ number: 151, hash: VERSION, timestamp: next - 1, next });
        const daemon = createDaemon(contextOf({ store: fresh }), { poll: head }, { address: ME, pump: () => Promise.resolve() }, handlers, {
          party: { address: ME, operator: true, watcher: false, keeper: false },
          pollMs: 10,
          confirmations: 0,
          concurrency: 4,
          keepBlocks: 1_000,
        });
        const ready = async (until: () => boolean) => {
          for (let i = 0; i < 400 && !until(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
        };
        await daemon.tick();
        await ready(() => revealed === 1 && served.length === 4);
        expect(served).to.deep.equal([99n, 98n, 97n, 96n].map((nonce) => formatJobId((1n << 64n) | nonce)));
        expect(revealed, "although all four places are taken").to.equal(1);

        // What failed is tried again at once, not when the clock has run out.
        await ready(() => false);
        next += 5;
        await daemon.tick();
        await ready(() => revealed === 2);
        expect(revealed).to.equal(2);
        finish();
        await daemon.idle();
      } finally {
        await fresh.close();
      }
    });
  });
});
