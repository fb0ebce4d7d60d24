import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { writeKeystore } from "../../../oracle/config/keys.ts";
import { judgeClock, judgeGasCap, judgeHeads, judgeRoom } from "../../../core/checkup.ts";
import type { Finding } from "../../../core/checkup.ts";
import { Secret } from "../../../core/secrets.ts";
import { FAMILIES } from "../../../core/program/families.ts";
import { checkRuntime } from "../../../oracle/doctor/machine.ts";
import { lockDirectory } from "../../../oracle/store/lock.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { startBentNode } from "../../support/bentNode.ts";
import type { Bend } from "../../support/bentNode.ts";
import { opg } from "../../support/commandLine.ts";
import { openScene, type Scene } from "../../support/scene.ts";
import { emptyDataDirectory } from "../../support/stores.ts";

interface Report {
  readonly code: number;
  readonly findings: readonly Finding[];
  readonly faults: string;
  readonly warnings: string;
}

describe("opg doctor", function () {
  this.timeout(120_000);
  let scene: Scene;
  let folder: string;

  before(async () => {
    scene = await openScene(DEVNETS.at(-1)!.start);
    folder = mkdtempSync(join(tmpdir(), "opg-doctor-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await scene.close();
  });

  /** What the doctor finds with some of the settings of a party replaced. */
  async function examine(settings: Readonly<Record<string, string>>, ...options: string[]): Promise<Report> {
    const env = { ...scene.environment("watcher"), OPG_API_PORT: "0", ...settings };
    const outcome = await opg(["doctor", "--quick", "--json", ...options], env, folder);
    const findings = outcome.json!.findings as readonly Finding[];
    for (const { state, fix, says } of findings) if (state !== "ok") expect(fix, says).to.be.a("string").and.not.equal("");
    expect(outcome.stderr, "no stack trace").to.not.match(/\n {4}at /);
    const of = (state: Finding["state"]) => findings.filter((each) => each.state === state).map(({ about, says, fix }) => `${about}: ${says} | ${fix}`).join("\n");
    expect(outcome.code).to.equal(of("fail") === "" ? 0 : 1);
    return { code: outcome.code, findings, faults: of("fail"), warnings: of("warn") };
  }

  async function bent(bend: Bend, ...options: string[]): Promise<Report> {
    const node = await startBentNode(scene.devnet.url, bend);
    try {
      return await examine({ OPG_RPC_URL: node.url }, ...options);
    } finally {
      await node.close();
    }
  }

  it("finds nothing where nothing is wrong, and says all that it looked at", async () => {
    const { code, findings, faults } = await examine({}, "--watcher");
    expect(faults).to.equal("");
    expect(code).to.equal(0);
    const abouts = new Set(findings.map(({ about }) => about.split(" ")[0]));
    expect([...abouts]).to.include.members(["config", "key", "node", "deployment", "balances", "api", "disk", "store"]);
    const says = findings.map((finding) => finding.says).join("\n");
    expect(says).to.match(/answers in \d+ ms, chain 31337/);
    expect(says).to.include("runs calls of 16777216 gas").and.include("gives the logs of 2000 blocks at once").and.include("reach back to the deployment");
    expect(says).to.include("ModelRegistry, StakeRegistry, JobRegistry, DisputeGame is that of release 0.1.0").and.include(`all ${FAMILIES.length} families is that of release 0.1.0`);
    const text = await opg(["doctor", "--quick", "--watcher"], scene.environment("watcher"), folder);
    expect(text.stdout).to.match(/^warn {2}config: no configuration file/).and.match(/\nok {4}key: 0x/);
  });

  it("tests the runtime, and names what is inadmissible there", async () => {
    const { json } = await opg(["doctor", "--json"], scene.environment("watcher"), folder);
    const own = (json!.findings as Finding[]).at(-1)!;
    expect(own).to.include({ about: "runtime", state: "ok" });
    expect(own.says).to.match(/\(onnxruntime \d+\.\d+\.\d+, \d+ kernels, Node /);
    const [fault] = await checkRuntime(() => undefined, () => Promise.resolve(["digits-cnn: conv follows no schedule that can be adjudicated"]));
    expect(fault).to.include({ state: "fail", says: "digits-cnn: conv follows no schedule that can be adjudicated" });
  });

  describe("of the configuration", () => {
    it("names every fault of it at once, and goes on", async () => {
      const file = join(folder, "faulty.json");
      writeFileSync(file, JSON.stringify({ network: { rpcUrl: "ftp://x", speed: 1 }, api: { port: 99_999 }, privateKey: "0x12" }));
      const { stdout, code } = await opg(["doctor", "--quick", "--config", file], {}, folder);
      expect(code).to.equal(1);
      for (const said of ["FAIL  config: network.rpcUrl must be a URL", "network.speed is not a setting", "api.port must be at most 65535", "privateKey a secret does not belong"]) {
        expect(stdout).to.include(said);
      }
      writeFileSync(file, "{ network:");
      expect((await opg(["doctor", "--quick", "--config", file], {}, folder)).stdout).to.match(/^FAIL {2}config: .*is not JSON.*\n {6}fix: correct the syntax/);
    });
  });

  describe("of the key", () => {
    it("finds that it is missing where it is needed, malformed, or locked", async () => {
      expect((await examine({ OPG_PRIVATE_KEY: "" })).warnings).to.include("key: no key is configured");
      expect((await examine({ OPG_PRIVATE_KEY: "" }, "--watcher")).faults).to.include("key: no key is configured").and.include("opg key new");
      expect((await examine({ OPG_PRIVATE_KEY: "0x1234" })).faults).to.include("key: the private key is not 32 bytes of hex");
      const keystore = join(folder, "keystore.json");
      await writeKeystore(keystore, new Secret(Wallet.createRandom().privateKey), new Secret("a good password"), 1024);
      const locked = { OPG_PRIVATE_KEY: "", OPG_KEYSTORE: keystore };
      expect((await examine({ ...locked, OPG_PASSWORD: "another one" })).faults).to.include("the password is wrong");
      expect((await examine(locked)).faults).to.include("needs a password").and.include("OPG_PASSWORD");
      expect((await examine({ ...locked, OPG_KEYSTORE: join(folder, "nowhere") })).faults).to.include("there is no such file");
      chmodSync(keystore, 0o644);
      expect((await examine({ ...locked, OPG_PASSWORD: "a good password" })).warnings).to.include(`others than you may read or change ${keystore} | chmod 600`);
    });
  });

  describe("of nodes", () => {
    const says = (code: number, message: string): ReturnType<Bend> => ({ error: { code, message } });
    const of = (method: string, answer: ReturnType<Bend>): Bend => (asked) => (asked === method ? answer : undefined);

    it("finds one that is down, refuses access, is no node, or is on another chain", async () => {
      const closed = await startBentNode(scene.devnet.url, () => undefined);
      await closed.close();
      expect((await examine({ OPG_RPC_URL: closed.url })).faults).to.match(/^node http:\/\/127\.0\.0\.1:\d+: no answer .*nobody listens there \| check network.rpcUrl/);
      expect((await bent(() => ({ status: 401, body: "" }))).faults).to.include("refuses access").and.include("the key in it");
      expect((await bent(() => ({ status: 200, body: "<html>hello</html>" }))).faults).to.include("did not answer eth_chainId with JSON-RPC");
      expect((await bent(of("eth_chainId", { result: "0x1" }))).faults).to.match(/it is on chain 1, and the deployment on chain 31337/);
    });

    it("finds a cap of gas, on calls and on estimates", async () => {
      const capped = await bent(async (method, params, ask) => {
        if (method !== "eth_call" || (params[0] as { data: string }).data !== "0x5a5f5260205ff3") return undefined;
        await ask();
        return { result: `0x${(3_000_000).toString(16).padStart(64, "0")}` };
      });
      expect(capped.faults).to.include("it runs calls with 3000000 gas at most, and a transaction may take 16777216").and.include("--rpc.gascap");
      expect((await bent(of("eth_estimateGas", says(-32_000, "gas required exceeds allowance (5000000)")))).faults).to.include("it does not estimate calls of 10000000 gas");
    });

    it("finds logs that are refused, limited, or do not reach back", async () => {
      const limited = await bent((method, params) => {
        if (method !== "eth_getLogs") return undefined;
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        return Number(toBlock) - Number(fromBlock) > 5 ? says(-32_005, "query exceeds max block range 5") : undefined;
      });
      expect(limited.warnings).to.include("does not give the logs of 2000 blocks at once").and.include("network.logRange");
      expect((await bent(of("eth_getLogs", { result: [] }))).faults).to.include("does not show what happened at the deployment");
      expect((await bent(of("eth_getLogs", says(-32_601, "the method eth_getLogs does not exist")))).faults).to.include("eth_getLogs");
    });

    it("finds tags that are not known", async () => {
      const pending = await bent((method, params) => (method === "eth_getBlockByNumber" && params[0] === "pending" ? says(-32_000, "pending block is not available") : undefined));
      expect(pending.warnings).to.include('it knows no block "pending"');
      expect(pending.faults).to.equal("");
      const pruned = await bent((method, params) => (method === "eth_call" && String(params[1]).startsWith("0x") ? says(-32_000, "missing trie node 1f") : undefined));
      expect(pruned.faults).to.match(/does not answer eth_call of block \d+, 2 below its newest: .*missing trie node/);
    });

    it("finds fees above the configuration's", async () => {
      expect((await examine({ OPG_MAX_FEE_GWEI: "0" })).faults).to.include("more than network.maxFeeGwei (0)");
    });

    it("finds a clock that is wrong, on a chain of others", async () => {
      const elsewhere = join(folder, "elsewhere.json");
      writeFileSync(elsewhere, JSON.stringify({ ...scene.deployment, chainId: 10_143 }));
      for (const [shift, said] of [
        [90, /its newest block is (89|90|91) s ahead of this machine's clock, which is slow \| set the clock/],
        [-900, /its newest block is (899|900|901) s old: it stands still, or this machine's clock is fast/],
      ] as const) {
        const node = await startBentNode(scene.devnet.url, async (method, params, ask) => {
          if (method === "eth_chainId") return { result: "0x279f" };
          if (method !== "eth_getBlockByNumber") return undefined;
          const block = (await ask()) as { timestamp: string };
          return { result: { ...block, timestamp: `0x${Math.round(Date.now() / 1_000 + shift).toString(16)}` } };
        });
        try {
          expect((await examine({ OPG_RPC_URL: node.url, OPG_DEPLOYMENT: elsewhere })).faults).to.match(said);
        } finally {
          await node.close();
        }
      }
      expect(judgeClock("n", 1_000, 10, true).state, "a local test chain runs ahead").to.equal("ok");
      expect(judgeClock("n", 100, 110, false).state).to.equal("ok");
      expect(judgeClock("n", 100, 160, false).state, "a slow chain").to.equal("ok");
    });

    it("finds one of several that does not keep up, or is not there", async () => {
      const late = await startBentNode(scene.devnet.url, async (method, params, ask) => {
        if (method !== "eth_getBlockByNumber" || params[0] !== "latest") return undefined;
        return { result: { ...((await ask()) as object), number: "0x1" } };
      });
      try {
        await scene.devnet.pass(0);
        const { faults } = await examine({ OPG_RPC_URL: `${scene.devnet.url} ${late.url} http://127.0.0.1:9` });
        expect(faults).to.match(/nodes: not all nodes keep up: .* by \d+ blocks/);
        expect(faults).to.match(/node http:\/\/127\.0\.0\.1:9: no answer/);
      } finally {
        await late.close();
      }
      expect(judgeHeads("nodes", [{ name: "a", block: 100 }, { name: "b", block: 84 }]).state).to.equal("ok");
      expect(judgeHeads("nodes", [{ name: "a", block: 100 }, { name: "b", block: 83 }]).says).to.include("b by 17 blocks");
      expect(judgeGasCap("n", 16_777_216n - 60_000n).state).to.equal("ok");
    });
  });

  describe("of the deployment", () => {
    const file = () => join(folder, "deployment.json");

    it("finds a file that is missing, malformed, or of mixed contracts", async () => {
      expect((await examine({ OPG_DEPLOYMENT: join(folder, "nowhere.json") })).faults).to.include("cannot read the deployment");
      writeFileSync(file(), "{}");
      expect((await examine({ OPG_DEPLOYMENT: file() })).faults).to.include("is not a deployment: chainId");
      writeFileSync(file(), JSON.stringify({ ...scene.deployment, models: scene.deployment.opg }));
      expect((await examine({ OPG_DEPLOYMENT: file() })).faults).to.include("its jobs registry says");
      writeFileSync(file(), JSON.stringify({ ...scene.deployment, jobs: `0x${"12".repeat(20)}` }));
      expect((await examine({ OPG_DEPLOYMENT: file() })).faults).to.include("there is no contract of this project");
    });

    it("finds code that is of no release", async () => {
      const { game, verifier } = scene.deployment;
      const foreign = (at: string): Bend => async (method, params, ask) => {
        if (method !== "eth_getCode" || String(params[0]).toLowerCase() !== at.toLowerCase()) return undefined;
        return { result: `${(await ask()) as string}00` };
      };
      const strange = await bent(foreign(game));
      expect(strange.faults).to.include(`the code of the DisputeGame at ${game.toLowerCase()} is of no release`);
      const judge = await bent(foreign(verifier));
      expect(judge.faults).to.include(`the verifier ${verifier.toLowerCase()} or one of its families has code of no known release`);
    });

    it("finds versions of the configuration that are not there", async () => {
      const version = `0x${"12".repeat(32)}`;
      expect((await examine({ OPG_WATCHER_VERSIONS: version }, "--watcher")).warnings).to.include(`watcher.versions: ${version} is unknown | correct watcher.versions`);
    });
  });

  it("of balances finds no coin for gas, no bond, and too little for a challenge", async () => {
    const poor = await examine({ OPG_PRIVATE_KEY: Wallet.createRandom().privateKey }, "--operator", "--watcher");
    expect(poor.faults).to.include("has none of the native coin").and.include("nothing is bonded").and.include("do not pay for a challenge");
    expect((await examine({})).faults).to.equal("");
  });

  it("of the API finds a port that is taken, and an address that nobody can ask", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const port = String((server.address() as AddressInfo).port);
      expect((await examine({ OPG_API_PORT: port })).faults).to.match(/api: a daemon cannot listen at 127\.0\.0\.1:\d+: another program listens there/);
    } finally {
      server.close();
    }
    expect((await examine({ OPG_API_HOST: "0.0.0.0" }, "--operator")).faults).to.include("no address that a challenger can ask");
  });

  describe("of the disk and the store", () => {
    it("finds a data directory that cannot be", async () => {
      writeFileSync(join(folder, "file"), "");
      expect((await examine({ OPG_DATA_DIR: join(folder, "file") })).faults).to.match(/disk: .*\n.*store: /s);
      expect(judgeRoom("disk", 5 * 2 ** 20, "/x")).to.include({ state: "fail" });
      expect(judgeRoom("disk", 500 * 2 ** 20, "/x")).to.include({ state: "warn" });
      expect(judgeRoom("disk", 5 * 2 ** 30, "/x")).to.include({ state: "ok" });
    });

    it("finds one that another process holds, without disturbing it", async () => {
      const directory = join(folder, "held");
      const release = lockDirectory(directory);
      try {
        expect((await examine({ OPG_DATA_DIR: directory })).warnings).to.include("another opg").and.include("nothing answers at api.host and api.port");
      } finally {
        release();
      }
      const daemon = await scene.daemon("keeper");
      await daemon.daemon.tick();
      const port = new URL(daemon.api.url).port;
      const { findings } = await examine({ ...scene.environment("keeper"), OPG_API_PORT: port });
      expect(findings.find(({ about }) => about === "store")).to.include({ state: "ok" }).and.have.property("says").that.includes("a daemon runs on");
      await scene.stop(daemon);
      const after = await examine(scene.environment("keeper"));
      expect(after.findings.find(({ about }) => about === "store")!.says).to.match(/opens; the chain is in it up to block \d+/);
    });

    it("finds one of another chain, and one that is damaged", async () => {
      const directory = join(folder, "foreign");
      await emptyDataDirectory(directory);
      const store = await openStore({ directory });
      await store.claim({ chainId: 1, genesis: `0x${"0".repeat(64)}`, deployment: "0x12" });
      await store.advance({ number: 5, hash: `0x${"5".repeat(64)}` }, []);
      await store.close();
      expect((await examine({ OPG_DATA_DIR: directory })).faults).to.include("store: this store belongs to another chain or deployment | use a fresh dataDir");
      const before = readFileSync(join(directory, "store-id"), "utf8");
      const empty = join(folder, "emptied");
      mkdirSync(empty);
      writeFileSync(join(empty, "store-id"), before);
      expect((await examine({ OPG_DATA_DIR: empty })).faults).to.include("was emptied");
    });

    it("finds a server that is not there", async () => {
      expect((await examine({ OPG_STORE_URL: "postgres://me:secret-word@127.0.0.1:9/x" })).faults).to.match(/store: cannot connect to the store at postgres:\/\/127\.0\.0\.1:9.*\| check store\.url/);
    });
  });
});
