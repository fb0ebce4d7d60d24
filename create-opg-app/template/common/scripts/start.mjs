// npm start: a whole network on this machine, the contract on it, a first request, and its final callback; then the page, until
// Ctrl-C. With --once it ends after the callback.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { JsonRpcProvider, NonceManager, parseUnits, Wallet } from "ethers";
import { deployApp } from "./deploy.mjs";
import { servePage } from "./page.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const once = process.argv.includes("--once");
const PATIENCE_MS = 120_000;
/** As the registry counts them. */
const SUBMITTED = 3n;

const began = performance.now();
const say = (text) => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

/** Starts the network; gives what `opg devnet` says of it, and what ends it. */
async function startDevnet() {
  const opg = fileURLToPath(new URL("opg.mjs", import.meta.resolve("opengradient-optimistic/package.json")));
  const child = spawn(process.execPath, [opg, "devnet", "--json"], { cwd: root, stdio: ["ignore", "pipe", once ? "ignore" : "inherit"] });
  const ended = new Promise((_, reject) => child.once("exit", (code) => reject(new Error(`the network ended with code ${code}: npx opg devnet says why`))));
  ended.catch(() => undefined);
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await exited;
  };
  const devnet = JSON.parse(await Promise.race([line, ended]));
  if (devnet.error !== undefined) throw new Error(`the network did not start: ${devnet.error.message}\nfix: ${devnet.error.fix ?? "npx opg devnet says more"}`);
  return { devnet, ended, stop };
}

/** Asks until there is an answer. */
async function until(what, ask) {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const found = await ask();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Lets the chain's clock run ahead, which only a network on one's own machine does. */
async function pass(devnet, seconds) {
  const response = await fetch(`${devnet.control}/pass`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ seconds }) });
  if (!response.ok) throw new Error(`the clock was not moved: ${await response.text()}`);
}

async function firstResult(devnet, provider) {
  const signer = new NonceManager(new Wallet(devnet.accounts.requester.key, provider));
  const { app, jobs } = await deployApp(signer, devnet.contracts.jobs, devnet.models["digits-cnn"]);
  say(`DigitApp deployed at ${await app.getAddress()}`);
  await (await jobs.deposit(app, parseUnits("50"))).wait();

  const asked = await (await app.read(readFileSync(devnet.digits["7"]))).wait();
  const { jobId } = asked.logs.map((log) => jobs.interface.parseLog(log)).find((event) => event?.name === "JobRequested").args;
  say("asked for the digit of a picture that shows a 7");
  await until("the operator's answer", async () => (await jobs.statusOf(jobId)) >= SUBMITTED);
  say(`answered; it may be challenged for ${devnet.window} s, which we let pass at once`);
  await pass(devnet, devnet.window);
  await until("the callback", async () => (await app.readings()) === 1n);
  say(`final: the contract was called back, and read a ${await app.lastDigit()}`);
}

/** The first result; then the page, for as long as it is not asked to stop. */
async function play(devnet) {
  const provider = new JsonRpcProvider(devnet.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 100, staticNetwork: true });
  await firstResult(devnet, provider);
  if (once) return;
  const { url } = await servePage(devnet);
  say(`the page is at ${url}; Ctrl-C ends everything`);
  await new Promise(() => {});
}

const stopped = new Promise((resolve) => ["SIGINT", "SIGTERM"].forEach((signal) => process.on(signal, resolve)));
say("starting a network: chain, contracts, models, operator, watcher");
let stop = async () => {};
let code = 0;
try {
  const network = await startDevnet();
  stop = network.stop;
  say(`the network is up at ${network.devnet.rpcUrl}`);
  await Promise.race([play(network.devnet), stopped, network.ended]);
} catch (error) {
  console.error(`start: ${error.message}`);
  code = 1;
}
await stop();
process.exit(code);
