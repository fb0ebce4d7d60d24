import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { argmax } from "../../../models/digits.ts";
import { exampleNames, shippedNames } from "../../../models/heldOut.ts";
import { findDevnet, type Devnet } from "../../../oracle/config/devnet.ts";
import { startAnvil } from "../../support/devnets.ts";
import { opg, type Outcome } from "../../support/commandLine.ts";
import { startDevnet, type RunningDevnet } from "../../support/devnet.ts";
import { descendants, isRunning } from "../../support/processes.ts";

const OPG = 10n ** 18n;

const temporary = () => mkdtempSync(join(tmpdir(), "opg-devnet-"));

async function until<T>(probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const found = await probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come about");
}

describe("opg devnet", function () {
  this.timeout(240_000);
  let folder: string;
  let running: RunningDevnet;
  let devnet: Devnet;
  /** In another terminal in the same folder, with nothing configured. */
  const here = (...argv: string[]): Promise<Outcome> => opg([...argv, "--json"], {}, folder);
  const version = async (model: string) => (await opg(["devnet", "status", "--only", `models.${model}`], {}, folder)).stdout.trim();

  before(async () => {
    folder = temporary();
    // The test kills it in the end: the chain is a process of its own where there is anvil, which must not outlive it.
    running = await startDevnet(folder, "--window", "20", "--liar", "/7/Conv:261", ...(startAnvil === undefined ? [] : ["--anvil"]));
    ({ devnet } = running);
  });
  after(async () => {
    await running?.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  async function request(...extra: string[]): Promise<string> {
    const made = await here("request", await version("digits-cnn"), "--input", devnet.digits["7"], ...extra);
    expect(made.code, made.stderr).to.equal(0);
    return made.json!.job;
  }

  const becomes = (job: string, status: string): Promise<Record<string, never>> =>
    until(async () => {
      const { json } = await here("job", job);
      return json?.status === status ? json : undefined;
    });

  it("with --json says what runs in one line, and everything else elsewhere", () => {
    expect(running.lines).to.have.length(1);
    expect(running.log[0]).to.match(/^opg devnet starts (anvil|Hardhat's node)/);
    expect(Object.keys(devnet.models)).to.deep.equal([...shippedNames]);
    expect(Object.keys(devnet.inputs)).to.deep.equal([...exampleNames]);
    for (const { address, key } of Object.values(devnet.accounts)) expect(new Wallet(key).address).to.equal(address);
    expect(devnet.lies).to.deep.equal({ "digits-cnn": { node: "/7/Conv", tensor: "/7/Conv_output_0", element: 261 } });
  });

  it("needs no configuration in another terminal: its models are listed, a job is served, judged and final after the window", async () => {
    const { json, stderr } = await here("model", "list");
    expect(json?.models, stderr).to.have.length(shippedNames.length);
    expect(JSON.parse(readFileSync(join(folder, "deployments", "local.json"), "utf8"))).to.deep.include({ chainId: 31337, jobs: devnet.contracts.jobs });
    const job = await request();
    expect((await becomes(job, "Submitted")).operator).to.equal(devnet.accounts.operator.address.toLowerCase());
    expect((await here("verify", job)).json).to.include({ verdict: "MATCH" });
    const before = (await here("devnet", "status")).json as unknown as { timestamp: number };
    const passed = await here("devnet", "pass", "20");
    expect(Number(passed.json!.timestamp) - before.timestamp).to.be.at.least(20);
    const final = await becomes(job, "Final");
    expect(argmax(Buffer.from(String(final.output).slice(2), "hex"))).to.equal(7);
  });

  it("serves an example model with the input that it names for it", async () => {
    const made = await here("request", await version("regime-lstm"), "--input", devnet.inputs["regime-lstm"]);
    expect(made.code, made.stderr).to.equal(0);
    await becomes(made.json!.job, "Submitted");
    expect((await here("verify", made.json!.job)).json).to.include({ verdict: "MATCH" });
  });

  it("signs with the requester's test key where none is configured, says so, and with another where one is", async () => {
    const own = await opg(["key", "address"], {}, folder);
    expect(own.stdout.trim()).to.equal(devnet.accounts.requester.address);
    expect(own.stderr).to.match(/no key is configured: signing with the devnet's test account "requester"/);
    const { key, address } = devnet.accounts.spare;
    const other = await opg(["key", "address"], { OPG_PRIVATE_KEY: key }, folder);
    expect([other.stdout.trim(), other.stderr]).to.deep.equal([address, ""]);
  });

  it("gives coins to whoever asks, on the command line and over HTTP, and says what is wrong with a question", async () => {
    const someone = Wallet.createRandom().address;
    const given = await here("devnet", "faucet", someone, "--opg", "12.5", "--native", "3");
    expect(given.code, given.stderr).to.equal(0);
    const ask = (body: unknown) => fetch(`${devnet.control}/faucet`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    expect((await ask({ address: someone })).status).to.equal(200);
    const { json } = await here("operator", "status", someone);
    expect([BigInt(json!.balance), BigInt(json!.native)]).to.deep.equal([(1000n + 12n) * OPG + OPG / 2n, 13n * OPG]);
    const refused = await ask({ address: "0x12", opg: "all" });
    expect(refused.status).to.equal(400);
    expect(((await refused.json()) as { error: string }).error).to.match(/^address must be an address.*; opg must be an amount/);
    expect((await here("devnet", "pass", "soon")).stderr).to.match(/^opg: seconds must be a whole number from 1/);
  });

  it("convicts the liar of the number that it was told to alter, in the jobs that name it, and leaves others to the honest", async () => {
    const job = await request("--operator", devnet.accounts.liar.address);
    const convicted = await becomes(job, "Convicted");
    expect(convicted).to.have.nested.property("verdict.by", "proof");
    await until(() => running.log.find((line) => line.includes("watch.accused") && line.includes("node=5 element=261")));
    expect((await becomes(await request(), "Submitted")).operator).to.equal(devnet.accounts.operator.address.toLowerCase());
  });

  it("serves the explorer with an index behind it, and lets pages of this machine, and no others, move the clock and read what it published", async () => {
    const { explorer, control, rpcUrl, accounts } = devnet;
    const told = (await (await fetch(`${explorer}explorer.json`)).json()) as { rpcUrl: string; devnet: { control: string; accounts: { name: string; address: string }[] } };
    expect(told).to.include({ rpcUrl, indexUrl: "../" });
    expect(told.devnet.control).to.equal(control);
    expect(Object.fromEntries(told.devnet.accounts.map(({ name, address }) => [name, address]))).to.deep.equal(Object.fromEntries(Object.entries(accounts).map(([name, { address }]) => [name, address])));
    // The index reads the chain on its own.
    await until(async () => ((await (await fetch(new URL("../v1/overview", explorer!))).json()) as { models: number }).models === shippedNames.length || undefined);
    const allowed = async (path: string, origin: string, init: RequestInit = {}) => (await fetch(`${control}${path}`, { ...init, headers: { origin, ...init.headers } })).headers.get("access-control-allow-origin");
    const asks = { method: "OPTIONS", headers: { "access-control-request-method": "POST", "access-control-request-headers": "content-type" } };
    const own = new URL(explorer!).origin;
    for (const [path, init] of [["/pass", asks], ["/published/digits-cnn.onnx", {}], ["/status", {}]] as const) {
      expect(await allowed(path, own, init), path).to.equal(own);
      for (const other of ["https://explorer.example", "http://127.0.0.1.example", "null"]) expect(await allowed(path, other, init), `${path} for ${other}`).to.equal(null);
    }
    const published = (name: string) => fetch(`${control}/published/${name}`);
    expect((await (await published("digits-cnn.card.json")).json()) as object).to.have.property("title");
    for (const name of ["none.onnx", "..%2fdeployment.json", "deployment.json", "%00.onnx"]) expect((await published(name)).status, name).to.equal(404);
  });

  it("runs once in a folder", async () => {
    const again = await opg(["devnet", "--port", "0", "--json"], {}, folder);
    expect(again.code).to.equal(2);
    expect(again.stderr).to.match(/a devnet runs in this folder already.*process \d+/);
    expect(findDevnet(folder)?.pid, "the first is not disturbed").to.equal(devnet.pid);
  });

  it("killed with -9 it leaves no process, and nothing that a command takes for a devnet", async () => {
    const all = [running.child.pid!, ...descendants(running.child.pid!).map(({ pid }) => pid)];
    // One more where the process that looks at foreign files still lives: it does for half a minute after the last one.
    const least = startAnvil === undefined ? 1 : 4;
    expect(all.length).to.be.oneOf([least, least + 1]);
    await running.end("SIGKILL");
    await until(() => (all.some(isRunning) ? undefined : true));
    expect(existsSync(join(folder, ".opg", "devnet.json"))).to.equal(true);
    expect((await here("devnet", "status")).json).to.have.nested.property("error.code", "NO_DEVNET");
    expect((await opg(["config", "check", "--json"], {}, folder)).json).to.have.nested.property("config.network.rpcUrl[0]", "http://127.0.0.1:8545");
    expect((await here("key", "address")).json).to.have.nested.property("error.code", "KEY_MISSING");
  });
});

describe("opg devnet, asked for what cannot be", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = temporary()));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("names the port that is taken, and leaves nothing behind", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await opg(["devnet", "--port", String(port - 2)], {}, folder);
    other.close();
    expect(code).to.equal(1);
    expect(stderr).to.include(`port ${port} is taken, and a devnet needs ${port - 2} to ${port + 2}`).and.include("--port");
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("refuses numbers that are none, before anything is started", async () => {
    for (const argv of [["--port", "65532"], ["--port", "x"], ["--window", "0"], ["--window", "3601"]]) {
      const { code, stderr } = await opg(["devnet", ...argv], {}, folder);
      expect([argv.join(" "), code]).to.deep.equal([argv.join(" "), 2]);
      expect(stderr).to.include(`${argv[0]} must be a whole number from`);
    }
  });

  it("a liar that is told to lie where nothing is hears what there is", async () => {
    const { code, stderr } = await opg(["devnet", "--port", "0", "--liar", "/7/Convolution"], {}, folder);
    expect(code).to.equal(2);
    expect(stderr).to.include('no shipped model has a node or a tensor "/7/Convolution"').and.match(/digits-cnn: \/0\/Conv, /).and.match(/regime-lstm: .*, and \d+ more/);
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});

describe("a chain that is anvil", function () {
  this.timeout(60_000);

  it("is missed when it ends by itself, and ends when it is closed", async () => {
    if (startAnvil === undefined) return expect(process.platform + process.arch).not.to.equal("linuxx64");
    const [lost, closed] = [await startAnvil(), await startAnvil()];
    const words = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    // Other suites of this process have chains of their own.
    const of = (...chains: { url: string }[]) => descendants(process.pid).filter(({ pid }) => chains.some(({ url }) => words(pid).includes(new URL(url).port)));
    const all = of(lost, closed);
    const anvil = of(lost).find(({ pid }) => words(pid)[0].endsWith("/anvil"))!;
    process.kill(anvil.pid, "SIGKILL");
    await lost.gone;
    await lost.close();
    await closed.close();
    await until(() => (all.some(({ pid }) => isRunning(pid)) ? undefined : true));
  });
});

describe("a devnet's test keys", () => {
  it("sign on no other chain, whatever says that a devnet runs", async () => {
    const folder = temporary();
    const someone = `0x${"11".repeat(20)}`;
    // A node of another chain, where the devnet is said to be.
    const node = createHttpServer((request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        const { id, method } = JSON.parse(text) as { id: number; method: string };
        const result = method === "eth_chainId" ? "0x1" : `0x${someone.slice(2).padStart(64, "0")}`;
        response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => node.once("listening", resolve));
    const url = `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
    const contracts = Object.fromEntries(["opg", "verifier", "models", "stakes", "game", "jobs", "lens"].map((name) => [name, someone]));
    writeFileSync(join(folder, "other.json"), JSON.stringify({ chainId: 1, block: 0, ...contracts }));
    const key = `0x${"22".repeat(32)}`;
    const claimed: Devnet = {
      ...{ pid: process.pid, chainId: 31337, rpcUrl: url, control: url, deployment: join(folder, "other.json"), dataDir: join(folder, "data") },
      ...{ digits: {}, inputs: {}, contracts, models: {}, window: 30, roles: [], apis: {}, accounts: { requester: { address: new Wallet(key).address, key } }, signer: "requester", lies: {} },
    };
    mkdirSync(join(folder, ".opg"));
    writeFileSync(join(folder, ".opg", "devnet.json"), JSON.stringify(claimed));
    try {
      const refused = await opg(["key", "address", "--json"], {}, folder);
      expect(refused.json).to.have.nested.property("error.code", "KEY_MISSING");
      const run = await opg(["run", "--watcher", "--json"], {}, folder);
      expect(run.json).to.have.nested.property("error.code", "KEY_MISSING");
    } finally {
      node.closeAllConnections();
      node.close();
      rmSync(folder, { recursive: true });
    }
  });
});
