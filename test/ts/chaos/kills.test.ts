import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { hexlify, Transaction, Wallet } from "ethers";
import { readDigits } from "../../../models/digits.ts";
import { jobsInterface } from "../../../oracle/chain/contracts.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { outputId } from "../../../core/program/program.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { by, openStage, opg, TERMS, until, type Stage } from "../../../scripts/devnet/stage.ts";
import { Random } from "../../support/random.ts";
import { transactionsOf } from "../../support/transactions.ts";
import { sharedPostgres } from "../../support/postgres.ts";

/**
 * A daemon in all roles is killed with -9 at any of its steps, over and over, and the chain is reorganised in between:
 * nothing is lost, nothing paid or sent twice. OPG_TEST_PROFILE=deep kills 200 times on each store (OPG_KILLS and OPG_SEED
 * set others).
 */
const deep = process.env.OPG_TEST_PROFILE === "deep";
const KILLS = Number(process.env.OPG_KILLS ?? (deep ? 200 : 2));
const SEED = Number(process.env.OPG_SEED ?? 1);
const CONFIRMATIONS = 1;
const WINDOW = 3_600;
const CLI = join(import.meta.dirname, "..", "..", "..", "oracle", "opg.mjs");

const stores: readonly { readonly name: string; readonly env: () => Promise<Record<string, string>> }[] = [
  { name: "PGlite", env: async () => ({}) },
  { name: "PostgreSQL", env: async () => ({ OPG_STORE_URL: await (await sharedPostgres()).database() }) },
];

for (const store of stores) {
  describe(`${KILLS} kills of a daemon on ${store.name}, with reorganisations between (seed ${SEED})`, function () {
    this.timeout(7_200_000);
    const random = new Random(SEED);
    let stage: Stage;
    let child: ChildProcess | undefined;
    let ticking: Promise<void> | undefined;
    let ended = false;
    const rpc = <T>(method: string, ...params: unknown[]) => stage.provider.send(method, params) as Promise<T>;

    before(async () => {
      stage = await openStage(await DEVNETS.find(({ name }) => name === "anvil")!.start());
    });
    after(async () => {
      ended = true;
      await ticking;
      child?.kill("SIGKILL");
      await stage.stop();
    });

    it("every job ends as it should, nothing is done twice, and the bond is whole", async () => {
      const { address, published, deployment, contracts, wealth } = stage;
      const { version, compiled } = published.cnn;
      const { stakes, token } = contracts;
      await stage.mined(token.transfer(address("operator"), opg(100 * KILLS)));
      await stage.mined(by(stakes, stage.signer.operator).bond(deployment.jobs, opg(100 * KILLS)));
      await stage.mined(token.transfer(address("liar"), opg(100 * KILLS)));
      await stage.mined(by(stakes, stage.signer.liar).bond(deployment.jobs, opg(100 * KILLS)));
      // Whoever challenges without ground, and the victim as a watcher.
      await stage.mined(token.transfer(address("absent"), opg(30 * KILLS)));
      await stage.mined(by(contracts.game, stage.signer.absent).deposit(address("absent"), opg(30 * KILLS)));
      await stage.mined(token.transfer(address("operator"), opg(30 * KILLS)));
      await stage.mined(by(contracts.jobs, stage.signer.requester).deposit(address("requester"), opg(KILLS)));
      const chainId = Number((await stage.provider.getNetwork()).chainId);

      // What this test sends itself is sent again when a reorganisation undid it: the bytes are kept.
      const kept: { party: "requester" | "absent"; raw: string; hash: string }[] = [];
      const nonces = new Map<string, number>();
      async function send(party: "requester" | "absent", to: string, data: string): Promise<string> {
        const key = stage.keyOf(party);
        const nonce = nonces.get(party) ?? (await stage.provider.getTransactionCount(address(party)));
        nonces.set(party, nonce + 1);
        const raw = await new Wallet(key).signTransaction({ type: 2, chainId, nonce, to, data, gasLimit: 1_000_000n, maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 9n });
        const hash = Transaction.from(raw).hash!;
        kept.push({ party, raw, hash });
        await rpc("eth_sendRawTransaction", raw);
        return hash;
      }
      const resend = async () => {
        for (const { raw, hash } of kept) {
          if ((await rpc("eth_getTransactionReceipt", hash)) === null) await rpc("eth_sendRawTransaction", raw).catch(() => undefined);
        }
      };

      const before = await wealth(address("operator"));
      const bonded = (await stakes.bondOf(address("operator"), deployment.jobs)).bonded;
      const first = await stage.provider.getBlockNumber();
      const last = outputId(compiled.program.nodes.at(-1)!);
      await stage.start("liar", { operator: true, watcher: false, keeper: false }, {
        twin: () => true,
        wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, last, (bytes) => (bytes[0] ^= 1)),
      });
      ticking = (async () => {
        while (!ended) {
          await stage.travel(1).catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, 400));
        }
      })();

      const env = {
        ...process.env,
        OPG_PRIVATE_KEY: stage.keyOf("operator"),
        OPG_RPC_URL: stage.url,
        OPG_DEPLOYMENT: join(stage.folder, "deployment.json"),
        OPG_DATA_DIR: join(stage.folder, "victim"),
        OPG_CONFIRMATIONS: String(CONFIRMATIONS),
        OPG_POLL_MS: "100",
        OPG_LOG_LEVEL: "debug",
        OPG_LOG_FORMAT: "json",
        OPG_API_PORT: "0",
        ...(await store.env()),
      };
      const steps = new Map<string, number>();
      const lines: string[] = [];
      /** Starts the daemon; `heard` is told of every step that it tells of. */
      function launch(heard: (event: string) => void): Promise<void> {
        const started = spawn(process.execPath, [CLI, "run", "--operator", "--watcher", "--keeper"], { env, stdio: ["ignore", "ignore", "pipe"] });
        child = started;
        createInterface(started.stderr).on("line", (line) => {
          lines.push(line);
          if (lines.length > 60) lines.shift();
          const event = /"event":"([^"]+)"/.exec(line)?.[1];
          if (event !== undefined && event !== "chain.block") heard(event);
        });
        return new Promise((resolve) => started.on("exit", () => resolve()));
      }

      const digits = readDigits();
      const expected = new Map<bigint, "Final" | "Convicted">();
      const challenged = new Set<bigint>();
      let asked = 0;
      async function ask(lie: boolean): Promise<void> {
        const { timestamp } = (await stage.provider.getBlock("latest"))!;
        const terms = { version, operator: address(lie ? "liar" : "operator"), fee: TERMS.fee, bond: TERMS.bond, callbackGas: 0, window: WINDOW, deadline: timestamp + WINDOW };
        const data = jobsInterface.encodeFunctionData("request", [terms, hexlify(digits[asked % digits.length].input)]);
        await send("requester", deployment.jobs, data);
        expected.set((BigInt(address("requester")) << 64n) | BigInt(asked++), lie ? "Convicted" : "Final");
      }
      /** Somebody challenges an honest result, and the daemon has to open. */
      async function challenge(): Promise<void> {
        for (const [id, end] of expected) {
          if (end !== "Final" || challenged.has(id)) continue;
          const state = await stage.jobState(id).catch(() => undefined);
          if (state?.status !== "Submitted") continue;
          challenged.add(id);
          await send("absent", deployment.game, contracts.game.interface.encodeFunctionData("challenge", [state.job]));
          return;
        }
      }
      let reorganised = 0;
      async function reorganise(): Promise<void> {
        const depth = 1 + (random.u32() % 3);
        await rpc("anvil_rollback", depth);
        await rpc("anvil_mine", `0x${(depth + 1).toString(16)}`);
        reorganised++;
        await resend();
      }

      for (let kill = 0; kill < KILLS; kill++) {
        await ask(kill % 4 === 3);
        if (kill % 3 === 2) await challenge();
        const target = 1 + (random.u32() % 12);
        let heard = 0;
        let at = "nothing";
        let reached!: () => void;
        const due = new Promise<void>((resolve) => (reached = resolve));
        let quiet = setTimeout(reached, 60_000);
        const gone = launch((event) => {
          at = event;
          clearTimeout(quiet);
          // Where there are fewer steps than that, it is killed in its rest.
          quiet = setTimeout(reached, 2_000);
          if (++heard >= target) reached();
        });
        await Promise.race([due, gone]);
        clearTimeout(quiet);
        await new Promise((resolve) => setTimeout(resolve, random.u32() % 60));
        child!.kill("SIGKILL");
        await gone;
        steps.set(at, (steps.get(at) ?? 0) + 1);
        if (random.u32() % 3 === 0) await reorganise();
        if (process.env.OPG_FIGURES !== undefined && kill % 20 === 19) console.log(`${kill + 1} kills`);
      }

      const exited = launch(() => undefined);
      const left = new Map(expected);
      const settle = async (wanted: (status: string, end: string) => boolean) => {
        await resend();
        for (const [id, end] of left) {
          const state = await stage.jobState(id).catch(() => undefined);
          if (state === undefined || !wanted(state.status, end)) return undefined;
          left.delete(id);
        }
        return true;
      };
      const showing = (error: unknown) => {
        throw new Error(`${String(error)}: ${[...left.keys()].slice(0, 3).map(formatJobId)} ${[...left.values()][0]}\n${lines.slice(-25).join("\n")}`);
      };
      const patience = 240 + 3 * KILLS;
      await until("every job served, every lie convicted", () => settle((status, end) => (end === "Convicted" ? status === end : ["Submitted", "Upheld", "Final", "Challenged"].includes(status))), patience).catch(showing);
      for (const id of expected.keys()) if (expected.get(id) === "Final") left.set(id, "Final");
      // The proof period of the groundless challenges, their windows, and the reward period.
      for (const seconds of [1_300, WINDOW, 1_300]) {
        await stage.travel(seconds);
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }
      await until("every honest job final", () => settle((status, end) => status === end), patience).catch(showing);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      child!.kill("SIGTERM");
      await exited;

      expect((await stakes.bondOf(address("operator"), deployment.jobs)).bonded, "the bond is whole").to.equal(bonded);
      expect((await wealth(address("operator"))) > before, "served, paid and rewarded").to.equal(true);
      const { calls, reverted } = await transactionsOf(stage, address("operator"), first);
      expect(new Set(calls).size, "nothing was done twice").to.equal(calls.length);
      const lies = [...expected.values()].filter((end) => end === "Convicted").length;
      if (process.env.OPG_FIGURES !== undefined) {
        const where = [...steps].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name} ${n}`).join(", ");
        console.log(`${KILLS} kills after ${where}; ${reorganised} reorganisations; ${expected.size - lies} jobs final (${challenged.size} of them challenged), ${lies} lies convicted; ${calls.length} transactions, ${reverted} reverted`);
      }
    });
  });
}
