import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseConfig } from "../../../oracle/config/load.ts";
import { refusedError, transientError } from "../../../core/errors.ts";
import { EVENT_NAMES, LEVELS } from "../../../core/events.ts";
import { complaints, type Vitals } from "../../../core/health.ts";
import type { Hex } from "../../../core/hex.ts";
import { encodeJobEvent, type JobEvent } from "../../../core/jobs/events.ts";
import type { Store, StoredEvent } from "../../../oracle/ports.ts";
import { Backlog } from "../../../oracle/roles/backlog.ts";
import type { Context } from "../../../oracle/roles/context.ts";
import { createDaemon } from "../../../oracle/roles/daemon.ts";
import { watchRuns } from "../../../oracle/host/runs.ts";
import type { HostedVersion } from "../../../oracle/host/versions.ts";
import { FIGURES, figureSources, readFigures, type FigureModules } from "../../../oracle/telemetry/figures.ts";
import { createMetrics } from "../../../oracle/telemetry/metrics.ts";
import { shared, within } from "../../../oracle/telemetry/shared.ts";
import { watchStore } from "../../../oracle/telemetry/storeWatch.ts";
import { emptyStore } from "../../support/stores.ts";

const VERSION: Hex = `0x${"12".repeat(32)}`;
const OTHER: Hex = `0x${"34".repeat(32)}`;
const at = (digit: string): Hex => `0x${digit.repeat(40)}`;

describe("health", function () {
  this.timeout(120_000);
  const limits = { maxHeadAge: 120, maxSilence: 40 };
  const well: Vitals = { headAge: 3, silence: 1, storeFault: undefined, runFault: undefined };
  const about = (changes: Partial<Vitals>, changed: Partial<typeof limits | { maxHeadAge: null }> = {}) =>
    complaints({ ...well, ...changes }, { ...limits, ...changed });

  it("finds nothing wrong with a daemon that can do its work", () => {
    expect(about({})).to.deep.equal([]);
    expect(about({ headAge: 120, silence: 40 })).to.deep.equal([]);
    expect(about({ headAge: -5 }), "a chain whose clock is ahead").to.deep.equal([]);
  });

  it("names everything that is wrong, each by itself", () => {
    expect(about({ headAge: 121 })).to.have.length(1).and.satisfy(([reason]: string[]) => /121 s old.*120 s/.test(reason));
    expect(about({ headAge: undefined })).to.have.length(1);
    expect(about({ silence: 41 })[0]).to.match(/41 s ago/);
    expect(about({ storeFault: "advance" })[0]).to.match(/store fails: advance/);
    expect(about({ runFault: VERSION })[0]).to.match(new RegExp(`last model run failed, of version ${VERSION}`));
    expect(about({ headAge: 900, silence: 900, storeFault: "a question", runFault: VERSION })).to.have.length(4);
  });

  it("lets the newest block of a chain that mines on demand be of any age", () => {
    expect(about({ headAge: 1e6 }, { maxHeadAge: null })).to.deep.equal([]);
    expect(about({ headAge: 1e6, silence: 50 }, { maxHeadAge: null })).to.have.length(1);
  });

  it("takes the age from the configuration: a number, null for any, or what fits the chain", () => {
    const of = (health: unknown, env = {}) => parseConfig(JSON.stringify({ health }), "/x/opg.config.json", env, "/x").config.health.maxHeadAge;
    expect([of({}), of({ maxHeadAge: null }), of({ maxHeadAge: 30 }), of({}, { OPG_MAX_HEAD_AGE: "45" })]).to.deep.equal([undefined, null, 30, 45]);
    for (const wrong of [0, -1, 1.5, "120"]) expect(() => of({ maxHeadAge: wrong }), String(wrong)).to.throw(/health\.maxHeadAge/);
  });

  it("a daemon whose chain stops to answer knows for how long, and how old its last block is", async () => {
    let [now, up] = [1_000, true];
    const head = { number: 7, hash: VERSION, timestamp: 500, next: 501 };
    const store = { dueJobs: () => Promise.resolve([]), forget: () => Promise.resolve(0) } as unknown as Store;
    const context = { store, telemetry: { emit: () => undefined }, clock: { now: () => now, sleep: () => Promise.resolve() } } as unknown as Context;
    const follower = { poll: () => (up ? Promise.resolve(head) : Promise.reject(transientError("RPC_UNREACHABLE", "no node"))) };
    const daemon = createDaemon(context, follower, { address: at("a"), pump: () => Promise.resolve() }, {} as never, {
      party: { address: at("a"), operator: true, watcher: false, keeper: false },
      pollMs: 1_000,
      confirmations: 0,
      concurrency: 1,
      keepBlocks: 1,
    });
    expect(daemon.progress()).to.deep.equal({ head: undefined, silence: 0, oldestDue: 0 });
    await daemon.tick();
    [now, up] = [now + 60_000, false];
    await daemon.tick();
    expect(daemon.progress()).to.deep.equal({ head, silence: 60, oldestDue: 0 });
    up = true;
    await daemon.tick();
    expect(daemon.progress().silence).to.equal(0);
  });

  describe("of the store", () => {
    const failing = (broken: Set<string>, store: Store): Store => {
      const guard = <T extends object>(target: T): T =>
        new Proxy(target, {
          get: (_, key) => {
            const value: unknown = Reflect.get(target, key, target);
            if (typeof value === "object" && value !== null) return guard(value);
            return broken.has(String(key)) ? () => Promise.reject(new Error("no space left on device, secret 0xabc")) : value;
          },
        });
      return guard(store);
    };

    it("a write that fails is a fault until a write succeeds, though reads go on; and a read likewise", async () => {
      const broken = new Set<string>();
      const watched = watchStore(failing(broken, await emptyStore()));
      const { store } = watched;
      try {
        await store.advance({ number: 1, hash: VERSION }, []);
        expect(watched.fault()).to.equal(undefined);
        broken.add("recordResult");
        const failure = await store.recordResult("0x1", "x", new Uint8Array(1)).catch((error: unknown) => error);
        expect(String(failure)).to.match(/no space left/);
        expect(await store.recentBlocks()).to.have.length(1);
        expect(watched.fault()).to.equal("recordResult");
        await store.advance({ number: 2, hash: OTHER }, []);
        expect(watched.fault()).to.equal(undefined);

        broken.add("dueJobs").add("get");
        await store.dueJobs(1, 1, false).catch(() => undefined);
        expect(watched.fault()).to.equal("dueJobs");
        await store.jobEvents("0x1");
        expect(watched.fault()).to.equal(undefined);
        await store.outbox.get("x").catch(() => undefined);
        expect(watched.fault(), "the outbox is part of it").to.equal("get");
        await store.outbox.open(1);
        expect(watched.fault()).to.equal(undefined);
        expect(complaints({ ...well, storeFault: "recordResult" }, limits).join()).to.not.match(/secret|device/);
      } finally {
        await store.close();
      }
    });
  });

  describe("of model runs", () => {
    it("a run that fails is a fault until one goes through; what a job or a version is refused for is none", async () => {
      let failure: Error | undefined;
      const outcome = <T>(value: T) => (failure === undefined ? Promise.resolve(value) : Promise.reject(failure));
      const hosted = { program: {}, constant: () => undefined, run: () => outcome(new Uint8Array()), trace: () => outcome([]), recompute: () => outcome(new Uint8Array()) };
      let loads = true;
      const host = { get: () => (loads ? Promise.resolve(hosted as unknown as HostedVersion) : Promise.reject(failure!)), close: () => Promise.resolve() };
      const watched = watchRuns(host);
      const version = await watched.versions.get(VERSION);
      const attempt = (work: Promise<unknown>) => work.catch(() => undefined);

      for (const work of [() => version.run(new Uint8Array()), () => version.trace(new Uint8Array()), () => version.recompute(0, () => new Uint8Array())]) {
        failure = undefined;
        await work();
        expect(watched.fault()).to.equal(undefined);
        for (const harmless of [refusedError("INPUT_LENGTH", "too short"), transientError("POOL_CLOSED", "made room")]) {
          failure = harmless;
          await attempt(work());
          expect(watched.fault(), harmless.code).to.equal(undefined);
        }
        for (const fault of [new Error("bad allocation"), transientError("RUNTIME_LOST", "the thread ended")]) {
          failure = fault;
          await attempt(work());
          expect(watched.fault(), fault.message).to.equal(VERSION);
          await watched.versions.get(VERSION);
          expect(watched.fault(), "to have it loaded is no run").to.equal(VERSION);
          failure = undefined;
          await work();
          expect(watched.fault()).to.equal(undefined);
        }
      }

      [loads, failure] = [false, new Error("the runtime does not start")];
      await attempt(watched.versions.get(OTHER));
      expect(watched.fault()).to.equal(OTHER);
      await version.run(new Uint8Array()).catch(() => undefined);
      failure = undefined;
      await version.run(new Uint8Array());
      failure = refusedError("VERSION_ROOT", "other files");
      await attempt(watched.versions.get(OTHER));
      expect(watched.fault()).to.equal(undefined);
    });
  });
});

describe("metrics", function () {
  this.timeout(120_000);
  const modules = (changes: Partial<FigureModules> = {}): FigureModules => ({
    address: at("a"),
    reader: {
      head: () => Promise.resolve({ number: 110, hash: VERSION, timestamp: 5, next: 6 }),
      bond: () => Promise.resolve({ bonded: 9n, exiting: 0n, exitAt: 0, locked: 15n * 10n ** 17n, free: 2n * 10n ** 18n }),
      nativeBalance: () => Promise.resolve(25n * 10n ** 16n),
    },
    store: { recentBlocks: () => Promise.resolve([{ number: 100, hash: VERSION }]), disputes: () => Promise.resolve([]), jobEvents: () => Promise.resolve([]) },
    clock: { now: () => 0 },
    confirmations: 2,
    health: () => Promise.resolve({ ok: true, headAgeSeconds: 4.5, lagSeconds: 0.25 }),
    oldestDueSeconds: () => 12,
    tasksWaiting: () => 3,
    leastNative: 5n * 10n ** 18n,
    room: { data: () => Promise.resolve(4096), evidence: () => Promise.resolve(Infinity) },
    ...changes,
  });
  const lineOf = (text: string, name: string) => text.split("\n").find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));

  it("show age, lag, bond, coin, the oldest due step and disputes, with their units", async () => {
    const metrics = createMetrics();
    const text = await metrics.render(await readFigures(figureSources(modules())));
    for (const line of [
      "opg_healthy 1",
      "opg_head_age_seconds 4.5",
      "opg_lag_seconds 0.25",
      "opg_lag_blocks 8",
      "opg_bond_free_opg 2",
      "opg_bond_locked_opg 1.5",
      "opg_native_balance_ether 0.25",
      "opg_native_least_ether 5",
      "opg_oldest_due_step_seconds 12",
      "opg_tasks_waiting 3",
      'opg_disk_free_bytes{place="data"} 4096',
      'opg_disk_free_bytes{place="evidence"} +Inf',
      'opg_answer_due_seconds{answer="open"} +Inf',
      'opg_disputes{state="challenged"} 0',
      'opg_figure_failures_total{figure="opg_lag_blocks"} 0',
      'opg_events_total{event="watch.convicted"} 0',
    ]) {
      expect(text.split("\n"), line).to.include(line);
    }
    for (const name of EVENT_NAMES) expect(text).to.include(`opg_events_total{event="${name}"}`);
  });

  it("a figure that cannot be read is NaN, spoils no other, and is counted; a hung node does not hold up the scrape", async () => {
    const metrics = createMetrics();
    const never = () => new Promise<never>(() => {});
    const reader = { ...modules().reader, nativeBalance: () => Promise.reject(new Error("no node")), bond: never };
    const sources = figureSources(modules({ reader, store: { ...modules().store, disputes: () => Promise.reject(new Error("no store")) } }));
    const started = performance.now();
    const text = await metrics.render(await readFigures(sources, 50));
    expect(performance.now() - started).to.be.below(2_000);
    expect(lineOf(text, "opg_native_balance_ether")).to.match(/ nan$/i);
    expect(lineOf(text, "opg_bond_free_opg")).to.match(/ nan$/i);
    expect(lineOf(text, "opg_disputes")).to.equal(undefined);
    expect(lineOf(text, "opg_lag_blocks")).to.equal("opg_lag_blocks 8");
    expect(lineOf(text, 'opg_figure_failures_total{figure="opg_bond_free_opg"}')).to.match(/ 1$/);
    // As it was, once the node is back.
    const after = await metrics.render(await readFigures(figureSources(modules())));
    expect(lineOf(after, "opg_bond_free_opg")).to.equal("opg_bond_free_opg 2");
    expect(lineOf(after, "opg_disputes")).to.not.equal(undefined);
  });

  it("ask the node once in a while, however often they are asked themselves, and no more often when it is down", async () => {
    for (const isDown of [false, true]) {
      let [asked, now] = [0, 0];
      const bond = () => (asked++, isDown ? Promise.reject(new Error("down")) : modules().reader.bond(at("a")));
      const sources = figureSources(modules({ clock: { now: () => now }, reader: { ...modules().reader, bond } }));
      for (let i = 0; i < 20; i++) await readFigures(sources);
      expect(asked, "free and locked are one question").to.equal(1);
      now += 15_000;
      await Promise.all(Array.from({ length: 20 }, () => readFigures(sources)));
      expect(asked).to.equal(2);
    }
  });

  it("count disputes by state, from the store", async () => {
    const store = await emptyStore();
    try {
      const request: JobEvent = { type: "JobRequested", version: VERSION, terms: 0n, claim: 0n, input: "0x01" };
      const challenged: JobEvent[] = [request, { type: "JobSubmitted", operator: at("b"), claim: 1n, output: "0x02" }, { type: "JobChallenged", operator: at("b") }, { type: "Challenged", challenger: at("c"), openBy: 9, deadline: 20 }];
      const opened: JobEvent[] = [...challenged, { type: "Opened", operator: at("b"), traceRoot: VERSION, shown: "0x", uri: "" }];
      const demanded: JobEvent[] = [...opened, { type: "Demanded", demander: at("c"), items: [VERSION], revealBy: 12, wanted: "0x" }];
      const answered: JobEvent[] = [...demanded, { type: "Revealed", items: [VERSION], shown: "0x" }];
      const upheld: JobEvent[] = [...opened, { type: "JobUpheld", operator: at("b") }];
      const convicted: JobEvent[] = [...opened, { type: "JobConvicted", operator: at("b"), slashed: 1n }];
      const settled: JobEvent[] = [...upheld, { type: "JobFinalized", operator: at("b"), delivered: true }];
      const stories = [challenged, opened, answered, demanded, upheld, convicted, settled, [request]];
      const events = stories.flatMap((story, i): StoredEvent[] =>
        story.map((event, k) => ({ block: 1, logIndex: 100 * i + k, job: `0x${i + 1}`, event: encodeJobEvent(event), disputed: k > 2 })),
      );
      await store.advance({ number: 1, hash: VERSION }, events);
      const counts = await figureSources(modules({ store })).opg_disputes();
      expect(Object.fromEntries(counts as ReadonlyMap<string, number>)).to.deep.equal({ challenged: 1, opened: 2, demanded: 1, upheld: 1, convicted: 1 });
      await store.schedule("0x1", 1, null, true);
      const after = await figureSources(modules({ store })).opg_disputes();
      expect((after as ReadonlyMap<string, number>).get("challenged"), "one that is done counts no more").to.equal(0);
    } finally {
      await store.close();
    }
  });

  it("say how long this account has for its next answer: an opening, a reveal, and nothing of what others owe", async () => {
    const store = await emptyStore();
    try {
      const accused = (who: Hex, openBy: number): JobEvent[] => [
        { type: "JobRequested", version: VERSION, terms: 0n, claim: 0n, input: "0x01" },
        { type: "JobSubmitted", operator: who, claim: BigInt(who) << 96n, output: "0x02" },
        { type: "JobChallenged", operator: who },
        { type: "Challenged", challenger: at("c"), openBy, deadline: 9_000 },
      ];
      const opened: JobEvent = { type: "Opened", operator: at("a"), traceRoot: VERSION, shown: "0x", uri: "" };
      const demanded = (item: Hex, revealBy: number): JobEvent => ({ type: "Demanded", demander: at("c"), items: [item], revealBy, wanted: "0x" });
      const revealed: JobEvent = { type: "Revealed", items: [VERSION], shown: "0x" };
      const due = async (now: number) => Object.fromEntries((await figureSources(modules({ store, clock: { now: () => now * 1_000 } })).opg_answer_due_seconds()) as ReadonlyMap<string, number>);
      let told = 0;
      const tell = (...stories: JobEvent[][]) =>
        store.advance({ number: ++told, hash: VERSION }, stories.flatMap((story, i): StoredEvent[] => story.map((event, k) => ({ block: told, logIndex: 100 * i + k, job: `0x${told}${i}`, event: encodeJobEvent(event), disputed: true }))));

      await tell(accused(at("b"), 50), [...accused(at("b"), 50), opened, demanded(VERSION, 60)]);
      expect(await due(10), "what others owe").to.deep.equal({ open: Infinity, reveal: Infinity });
      await tell(accused(at("a"), 900), accused(at("a"), 600));
      expect(await due(100), "the next of two").to.deep.equal({ open: 500, reveal: Infinity });
      expect((await due(700)).open, "too late").to.equal(-100);
      await tell([...accused(at("a"), 50), opened, demanded(VERSION, 60), demanded(OTHER, 130), revealed]);
      expect((await due(100)).reveal, "one of two is revealed").to.equal(30);
    } finally {
      await store.close();
    }
  });

  it("know since when a step has been due: until it is done, another is, or the job is gone", () => {
    const backlog = new Backlog();
    expect(backlog.oldest(1_000)).to.equal(0);
    backlog.due("a", 1_000);
    backlog.due("b", 3_000, "serve");
    backlog.due("a", 4_000, "finalize");
    expect(backlog.oldest(5_000)).to.equal(4);
    backlog.due("a", 6_000, "finalize");
    expect(backlog.oldest(6_000), "it was tried again, and is as old as it was").to.equal(5);
    backlog.done("a");
    expect(backlog.oldest(6_000)).to.equal(3);
    backlog.due("b", 7_000, "finalize");
    expect(backlog.oldest(8_000)).to.equal(1);
    expect(backlog.oldest(7_000 + 16 * 60_000), "nobody looked at it again").to.equal(0);
  });

  it("share one reading, and wait no longer than they say", async () => {
    let [asked, now] = [0, 0];
    const read = shared(() => Promise.resolve(++asked), 10, () => now);
    expect(await Promise.all([read(), read()])).to.deep.equal([1, 1]);
    now = 9;
    expect(await read()).to.equal(1);
    now = 10;
    expect(await read()).to.equal(2);
    const late = await within(5, new Promise(() => {})).catch((error: unknown) => String(error));
    expect(late).to.match(/no answer within 5 ms/);
    expect(await within(1_000, Promise.resolve("soon"))).to.equal("soon");
  });

  it("are all in the table of docs/operating.md, and no others", () => {
    const table = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "operating.md"), "utf8");
    const listed = [...table.matchAll(/^\| `(opg_[a-z_]+)(?:\{[a-z]+\})?` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).to.deep.equal([...createMetrics().names].sort());
    for (const name of Object.keys(FIGURES)) expect(listed).to.include(name);
    const events = [...table.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \| (\w+) \|/gm)].map(([, name, level]) => [name, level]);
    expect(Object.fromEntries(events)).to.deep.equal(LEVELS);
  });
});
