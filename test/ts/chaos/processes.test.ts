import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { hexlify } from "ethers";
import { readDigits } from "../../../models/digits.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { outputId } from "../../../core/program/program.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { by, openStage, opg, TERMS, until, type Stage } from "../../../scripts/devnet/stage.ts";
import { sharedPostgres } from "../../support/postgres.ts";
import { deep } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";
import { transactionsOf } from "../../support/transactions.ts";

/**
 * One operator as five processes on one PostgreSQL server: two that decide and send, of which one stands by, and three
 * workers without a key. Each is killed with -9 in turn, and started again. OPG_TEST_PROFILE=deep does so ten times
 * (OPG_ROUNDS and OPG_SEED set others).
 */
const ROUNDS = Number(process.env.OPG_ROUNDS ?? (deep ? 10 : 1));
const SEED = Number(process.env.OPG_SEED ?? 1);
const CLI = join(import.meta.dirname, "..", "..", "..", "oracle", "opg.mjs");
const WINDOW = 3_600;
const DECIDERS = ["decider 1", "decider 2"] as const;
const WORKERS = ["worker 1", "worker 2", "worker 3"] as const;
type Name = (typeof DECIDERS)[number] | (typeof WORKERS)[number];

/** Ends a process, unless it has ended by itself: then nobody says so any more. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

describe(`${ROUNDS} rounds of kills among two deciders and three workers on one PostgreSQL server (seed ${SEED})`, function () {
  this.timeout(deep ? 3_600_000 : 600_000);
  const random = new Random(SEED);
  let stage: Stage;
  let ended = false;
  let ticking: Promise<void> | undefined;
  const children = new Map<Name, ChildProcess>();

  before(async () => {
    stage = await openStage(await DEVNETS.find(({ name }) => name === "anvil")!.start());
  });
  after(async () => {
    ended = true;
    await ticking;
    for (const child of children.values()) child.kill("SIGKILL");
    await stage.stop();
  });

  it("nothing is lost and nothing sent twice, whoever is killed", async () => {
    const { address, published, deployment, contracts, wealth, signer, mined } = stage;
    const { version, compiled } = published.cnn;
    const { stakes, token, jobs, game } = contracts;
    const total = (DECIDERS.length + WORKERS.length) * ROUNDS * 2;
    for (const party of ["operator", "liar"] as const) {
      await mined(token.transfer(address(party), opg(130 * total)));
      await mined(by(stakes, signer[party]).bond(deployment.jobs, opg(100 * total)));
    }
    await mined(token.transfer(address("absent"), opg(30 * total)));
    await mined(by(game, signer.absent).deposit(address("absent"), opg(30 * total)));
    await mined(by(jobs, signer.requester).deposit(address("requester"), opg(total)));
    const before = await wealth(address("operator"));
    const { bonded } = await stakes.bondOf(address("operator"), deployment.jobs);
    const first = await stage.provider.getBlockNumber();
    await stage.start("liar", { operator: true, watcher: false, keeper: false }, {
      twin: () => true,
      wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, outputId(compiled.program.nodes.at(-1)!), (bytes) => (bytes[0] ^= 1)),
    });
    ticking = (async () => {
      while (!ended) {
        await stage.travel(1).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
    })();

    const { OPG_PRIVATE_KEY: _key, ...plain } = process.env;
    const common = {
      ...plain,
      OPG_RPC_URL: stage.url,
      OPG_DEPLOYMENT: join(stage.folder, "deployment.json"),
      OPG_STORE_URL: await (await sharedPostgres()).database(),
      OPG_EVIDENCE_URL: pathToFileURL(join(stage.folder, "evidence")).href,
      OPG_CONFIRMATIONS: "1",
      OPG_POLL_MS: "100",
      OPG_LOG_LEVEL: "debug",
      OPG_LOG_FORMAT: "json",
      OPG_API_PORT: "0",
    };
    const lines: string[] = [];
    /** Tasks done, by worker; whoever leads. */
    const done = new Map<Name, number>();
    const led: Name[] = [];
    function launch(name: Name): void {
      const isWorker = name.startsWith("worker");
      const env = isWorker
        ? { ...common, OPG_DATA_DIR: join(stage.folder, name), OPG_WORK_PLACES: "1" }
        : { ...common, OPG_DATA_DIR: join(stage.folder, name), OPG_WORK_PLACES: "0", OPG_PRIVATE_KEY: stage.keyOf("operator") };
      const args = isWorker ? ["worker"] : ["run", "--operator", "--watcher", "--keeper", "--standby"];
      const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
      children.set(name, child);
      createInterface(child.stderr).on("line", (line) => {
        lines.push(`${name} ${line}`);
        if (lines.length > 60) lines.shift();
        if (line.includes('"task.done"')) done.set(name, (done.get(name) ?? 0) + 1);
        if (line.includes('"daemon.started"')) led.push(name);
      });
    }
    const showing = (error: unknown) => {
      throw new Error(`${String(error)}\n${lines.slice(-30).join("\n")}`);
    };
    DECIDERS.forEach(launch);
    WORKERS.forEach(launch);
    await until("one of two decides", () => led.length > 0 || undefined, 60).catch(showing);

    const digits = readDigits();
    const expected = new Map<bigint, "Final" | "Convicted">();
    const challenged = new Set<bigint>();
    async function ask(lie: boolean): Promise<void> {
      const { timestamp } = (await stage.provider.getBlock("latest"))!;
      const terms = { version, operator: address(lie ? "liar" : "operator"), fee: TERMS.fee, bond: TERMS.bond, callbackGas: 0, window: WINDOW, deadline: timestamp + WINDOW };
      const receipt = await mined(by(jobs, signer.requester).request(terms, hexlify(digits[expected.size % digits.length].input)));
      const [{ args }] = receipt.logs.flatMap((log) => jobs.interface.parseLog(log) ?? []);
      expected.set(args.jobId as bigint, lie ? "Convicted" : "Final");
    }
    async function challenge(): Promise<void> {
      for (const [id, end] of expected) {
        if (end !== "Final" || challenged.has(id)) continue;
        const { status, job } = await stage.jobState(id);
        if (status !== "Submitted") continue;
        challenged.add(id);
        await mined(by(game, signer.absent).challenge(job));
        return;
      }
    }

    let asked = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const turn of [...WORKERS, "the one that decides", "the one that decides"] as const) {
        await ask(false);
        await ask(asked++ % 2 === 1);
        await challenge();
        await new Promise((resolve) => setTimeout(resolve, random.u32() % 1_500));
        const takeovers = led.length;
        const victim: Name = turn === "the one that decides" ? led.at(-1)! : turn;
        const child = children.get(victim)!;
        await end(child, "SIGKILL");
        if (turn === "the one that decides") {
          await until(`another decides after ${victim}`, () => led.length > takeovers || undefined, 60).catch(showing);
          expect(led.at(-1)).not.to.equal(victim);
        }
        launch(victim);
      }
    }

    const left = new Map(expected);
    const settle = async (wanted: (status: string, end: string) => boolean) => {
      for (const [id, end] of left) {
        if (!wanted((await stage.jobState(id)).status, end)) return undefined;
        left.delete(id);
      }
      return true;
    };
    const stuck = (error: unknown) => showing(`${String(error)}: ${[...left.keys()].slice(0, 3).map(formatJobId)}`);
    const served = ["Submitted", "Upheld", "Final", "Challenged"];
    await until("every job served, every lie convicted", () => settle((status, end) => (end === "Convicted" ? status === end : served.includes(status))), 120 + 20 * total).catch(stuck);
    for (const [id, end] of expected) if (end === "Final") left.set(id, end);
    // The proof period of the groundless challenges, their windows, and the reward period.
    for (const seconds of [1_300, WINDOW, 1_300]) {
      await stage.travel(seconds);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
    await until("every honest job final", () => settle((status, end) => status === end), 120 + 20 * total).catch(stuck);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const child of children.values()) {
      await end(child, "SIGTERM");
    }

    expect([...done.keys()].sort(), "every worker worked").to.deep.equal([...WORKERS]);
    expect(new Set(led).size, "both decided").to.equal(DECIDERS.length);
    expect((await stakes.bondOf(address("operator"), deployment.jobs)).bonded, "the bond is whole").to.equal(bonded);
    expect((await wealth(address("operator"))) > before, "served, paid and rewarded").to.equal(true);
    const { calls, reverted } = await transactionsOf(stage, address("operator"), first);
    expect(new Set(calls).size, "nothing was done twice").to.equal(calls.length);
    if (process.env.OPG_FIGURES !== undefined) {
      const lies = [...expected.values()].filter((end) => end === "Convicted").length;
      const shares = [...done].map(([name, n]) => `${name} ${n}`).sort().join(", ");
      console.log(`${5 * ROUNDS} kills; ${expected.size - lies} jobs final (${challenged.size} of them challenged), ${lies} lies convicted; ${led.length - 1} takeovers; tasks done by ${shares}; ${calls.length} transactions, ${reverted} reverted`);
    }
  });
});
