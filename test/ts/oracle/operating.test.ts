import { expect } from "chai";
import type { RunningDaemon } from "../../../oracle/main.ts";
import type { Runtime, Store } from "../../../oracle/ports.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { deep } from "../../support/profile.ts";
import { BOND, OPG, openScene, WINDOW, type Scene } from "../../support/scene.ts";

const JOBS = deep ? 32 : 12;
const COVERED = deep ? 10 : 4;

describe("a daemon that is operated", function () {
  this.timeout(600_000);
  let scene: Scene;
  let version: string;

  before(async () => {
    // The last one: anvil where it is installed.
    scene = await openScene(DEVNETS.at(-1)!.start);
    ({ version } = await scene.publish());
  });
  afterEach(() => scene.rest());
  after(() => scene.close());

  async function health({ api }: RunningDaemon): Promise<{ status: number; ok: boolean; reasons: string[]; headAgeSeconds: number }> {
    const response = await fetch(`${api.url}/health`);
    return { status: response.status, ...((await response.json()) as { ok: boolean; reasons: string[]; headAgeSeconds: number }) };
  }

  /** Health is looked into once in a second. */
  async function healthSoon(daemon: RunningDaemon, isWanted: (found: Awaited<ReturnType<typeof health>>) => boolean) {
    for (let i = 0; ; i++) {
      const found = await health(daemon);
      if (isWanted(found)) return found;
      if (i > 40) throw new Error(`health stayed ${JSON.stringify(found)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  async function figures({ api }: RunningDaemon): Promise<Record<string, number>> {
    const text = await (await fetch(`${api.url}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
  }

  const warnings = (who: string) =>
    scene.seen.filter(({ who: teller, name }) => teller === who && name === "daemon.warning").map(({ fields }) => (fields as { about: string }).about);

  it("warns at the start of no bond and of little native coin, and in operator status", async () => {
    await scene.daemon("operator", {}, { OPG_MAX_DISPUTE_FEE_GWEI: "500000" });
    expect(warnings("operator")).to.deep.equal(["bond", "native"]);
    const status = await scene.as("operator", "operator", "status");
    expect((status.json!.warnings as { about: string }[]).map(({ about }) => about)).to.deep.equal(["bond"]);
    expect(BigInt(status.json!.native) > 9n * OPG).to.equal(true);
    await scene.daemon("watcher");
    expect(warnings("watcher"), "a watcher needs no bond").to.deep.equal([]);
  });

  it("is not well before it has read the chain, nor when the newest block is too old though the node answers", async () => {
    const daemon = await scene.daemon("keeper", {}, { OPG_MAX_HEAD_AGE: "3" });
    expect((await health(daemon)).reasons).to.deep.equal(["the chain has not been read to its head yet"]);
    await scene.devnet.pass(0);
    await daemon.daemon.tick();
    expect(await healthSoon(daemon, ({ ok }) => ok)).to.include({ status: 200 });
    const old = await healthSoon(daemon, ({ ok }) => !ok);
    expect(old.status).to.equal(503);
    expect(old.reasons).to.have.length(1);
    expect(old.reasons[0]).to.match(/the newest block is \d+ s old, more than health.maxHeadAge \(3 s\)/);
    await daemon.daemon.tick();
    expect((await health(daemon)).ok, "the node answers, and says the same").to.equal(false);
    await scene.devnet.pass(0);
    await daemon.daemon.tick();
    await healthSoon(daemon, ({ ok }) => ok);
    await scene.stop(daemon);

    const quiet = await scene.daemon("keeper");
    await quiet.daemon.tick();
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    expect((await health(quiet)).ok, "a local chain may be quiet").to.equal(true);
  });

  it("is not well while its store fails, and well when that is over", async () => {
    let broken: "nothing" | "everything" | "writes" = "nothing";
    const wrapStore = (store: Store): Store =>
      new Proxy(store, {
        get: (_, key) => {
          const value: unknown = Reflect.get(store, key);
          const fails = () => broken === "everything" || (broken === "writes" && (key === "advance" || key === "schedule"));
          if (typeof value !== "function" || key === "close") return value;
          return (...args: unknown[]) => (fails() ? Promise.reject(new Error("disk full, password hunter2")) : Reflect.apply(value, store, args) as unknown);
        },
      });
    const daemon = await scene.daemon("watcher", { wrapStore });
    await daemon.daemon.tick();
    await healthSoon(daemon, ({ ok }) => ok);
    for (const what of ["everything", "writes"] as const) {
      broken = what;
      await scene.devnet.pass(1);
      await daemon.daemon.tick();
      const found = await healthSoon(daemon, ({ ok }) => !ok);
      expect(found.status, what).to.equal(503);
      expect(found.reasons.join()).to.match(/^the store fails: .* did not go through$/);
      expect((await fetch(`${daemon.api.url}/metrics`)).status, "metrics are there all the same").to.equal(200);
      broken = "nothing";
      await daemon.daemon.tick();
      await healthSoon(daemon, ({ ok }) => ok);
    }
  });

  it("is not well after a model run that failed, and well after one that did not", async () => {
    let broken = false;
    const runtime: Runtime = {
      name: ortRuntime.name,
      optimise: (...asked) => ortRuntime.optimise(...asked),
      async open(model) {
        const session = await ortRuntime.open(model);
        const run: typeof session.run = (feeds, outputs) => (broken ? Promise.reject(new Error("bad allocation")) : session.run(feeds, outputs));
        return { inputs: session.inputs, outputs: session.outputs, run, release: () => session.release() };
      },
    };
    expect((await scene.as("operator", "operator", "bond", String((BigInt(COVERED) * BOND) / OPG))).code).to.equal(0);
    const daemon = await scene.daemon("operator", { runtime });
    const first = await scene.request(version);
    await scene.until(first, "Submitted", daemon);
    await healthSoon(daemon, ({ ok }) => ok);
    broken = true;
    const failed = await scene.request(version, undefined, "--deadline", "3600");
    await scene.round(daemon);
    const found = await healthSoon(daemon, ({ ok }) => !ok);
    expect(found.reasons).to.deep.equal([`the last model run failed, of version ${version}`]);
    broken = false;
    const next = await scene.request(version);
    await scene.until(next, "Submitted", daemon);
    await healthSoon(daemon, ({ ok }) => ok);
    const shown = await figures(daemon);
    expect(shown.opg_healthy).to.equal(1);
    expect(shown.opg_bond_locked_opg! + shown.opg_bond_free_opg!).to.equal(COVERED * Number(BOND / OPG));
    expect(shown.opg_native_balance_ether).to.be.within(9, 10);
    expect(shown.opg_native_least_ether, "a million gas at network.maxDisputeFeeGwei").to.equal(5);
    expect(shown.opg_tasks_waiting).to.be.within(0, 1);
    for (const place of ["data", "evidence"]) expect(shown[`opg_disk_free_bytes{place="${place}"}`]).to.be.greaterThan(0);
    // What failed is tried again: that it failed says nothing of the model or the job.
    await scene.devnet.pass(30);
    await scene.until(failed, "Submitted", daemon);
    await scene.devnet.pass(WINDOW);
    for (const job of [first, next, failed]) await scene.until(job, "Final", daemon);
    expect(scene.seen.filter(({ name }) => name === "job.submitted")).to.have.length(3);
    expect(scene.seen.filter(({ name, who }) => name === "job.finalized" && who === "operator")).to.have.length(3);
  });

  it(`${JOBS} jobs with bond for ${COVERED}: ${COVERED} are submitted at a time, all in the end, and the contract refuses none`, async () => {
    const start = scene.seen.length;
    const jobs: string[] = [];
    for (let i = 0; i < JOBS; i++) jobs.push(await scene.request(version, undefined, "--deadline", "3600"));
    const daemon = await scene.daemon("operator");
    const told = (name: string) => scene.seen.slice(start).filter((event) => event.name === name && event.who === "operator");
    const ours = (name: string) => new Set(told(name).map(({ fields }) => (fields as { job: string }).job).filter((job) => jobs.includes(job)));
    for (let i = 0; i < 8; i++) await scene.round(daemon);
    expect(told("job.submitted")).to.have.length(COVERED);
    expect(told("job.computed"), "nothing is computed in vain").to.have.length(COVERED);
    expect(ours("job.waiting").size).to.be.at.least(JOBS - COVERED);
    for (let i = 0; i < 8 && ours("job.finalized").size < JOBS; i++) {
      await scene.devnet.pass(WINDOW + 1);
      for (let k = 0; k < 8; k++) await scene.round(daemon);
    }
    expect(ours("job.finalized").size).to.equal(JOBS);
    expect(told("tx.refused")).to.deep.equal([]);
    expect(told("job.lost")).to.deep.equal([]);
    const shown = await figures(daemon);
    expect(shown.opg_oldest_due_step_seconds).to.be.below(600);
  });
});
