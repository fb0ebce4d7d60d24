/** Everything that stories about daemons need: a chain with the contracts, parties with OPG, and the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { Contract } from "ethers";
import { readDigits } from "../../models/digits.ts";
import { parseConfig } from "../../oracle/config/load.ts";
import type { EventName } from "../../core/events.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { Redactor } from "../../core/secrets.ts";
import { startDaemon } from "../../oracle/main.ts";
import type { Overrides, RunningDaemon } from "../../oracle/main.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import type { Devnet } from "./devnets.ts";
import { deployProtocol, readParameters } from "../../scripts/deploy.ts";
import { opg, type Outcome } from "./commandLine.ts";
import { emptyDataDirectory } from "./stores.ts";

export const OPG = 10n ** 18n;
/** Least bond of the scene's model, which every job of it is asked with. */
export const BOND = 500n * OPG;
export const WINDOW = 120;
export const digit = readDigits()[0];
/** Where nobody listens: what an operator there serves, nobody gets. */
export const NOWHERE = "http://127.0.0.1:9";

const MODEL = join(import.meta.dirname, "..", "..", "models", "digits-cnn", "model.onnx");

const PARTIES = ["publisher", "requester", "operator", "liar", "watcher", "keeper"] as const;
export type PartyName = (typeof PARTIES)[number];

export interface Told {
  readonly who: PartyName;
  readonly name: EventName;
  readonly fields: object;
}

export interface Published {
  readonly version: string;
  readonly compiled: CompiledModel;
}

export type Scene = Awaited<ReturnType<typeof openScene>>;

export async function openScene(start: () => Promise<Devnet>) {
  const folder = mkdtempSync(join(tmpdir(), "opg-e2e-"));
  for (const party of PARTIES) await emptyDataDirectory(join(folder, party));
  const devnet = await start();
  const { ethers } = devnet.connection;
  const deployment = await deployProtocol(devnet.connection, readParameters("local"));
  writeFileSync(join(folder, "deployment.json"), JSON.stringify(deployment));
  writeFileSync(join(folder, "digit.bin"), digit.input);
  const token: Contract = await ethers.getContractAt("OPG", deployment.opg);
  const wallets = {} as Record<PartyName, string>;
  const running: RunningDaemon[] = [];
  /** What the daemons said, in order. */
  const seen: Told[] = [];
  const [funder] = await ethers.getSigners();
  for (const party of PARTIES) {
    const wallet = Wallet.createRandom();
    wallets[party] = wallet.privateKey;
    await (await funder.sendTransaction({ to: wallet.address, value: 10n * OPG })).wait();
    await (await token.transfer(wallet.address, 10_000n * OPG)).wait();
  }

  const environment = (party: PartyName) => ({
    OPG_PRIVATE_KEY: wallets[party],
    OPG_RPC_URL: devnet.url,
    OPG_DEPLOYMENT: join(folder, "deployment.json"),
    OPG_DATA_DIR: join(folder, party),
    OPG_LOG_LEVEL: "silent",
    OPG_API_PORT: "0",
  });
  const addressOf = (party: PartyName): string => new Wallet(wallets[party]).address;
  const as = (party: PartyName, ...argv: string[]): Promise<Outcome> => opg([...argv, "--json"], environment(party), folder);

  async function daemon(party: PartyName, overrides: Overrides = {}, settings: Record<string, string> = {}): Promise<RunningDaemon> {
    const env = { ...environment(party), ...settings };
    const { config } = parseConfig(undefined, join(folder, "opg.config.json"), env, folder);
    const started = await startDaemon({
      config,
      roles: { operator: party === "operator" || party === "liar", watcher: party === "watcher", keeper: party === "keeper" },
      keys: { env, redactor: new Redactor() },
      log: { format: "json", write: () => undefined },
      loop: false,
      overrides: { ...overrides, onEvent: (event, fields) => void seen.push({ who: party, name: event, fields }) },
    });
    running.push(started);
    return started;
  }

  /** A round of every daemon: what is due is done, and what was planned is sent. */
  async function round(...daemons: RunningDaemon[]): Promise<void> {
    for (const { daemon: each } of daemons) {
      await each.tick();
      await each.idle();
      await each.tick();
    }
  }

  /** Rounds of the given daemons until the job has the status, or too many went by. */
  async function until(job: string, status: string, ...daemons: RunningDaemon[]): Promise<void> {
    for (let i = 0; i < 40; i++) {
      await round(...daemons);
      const shown = await as("requester", "job", job);
      if (String(shown.json?.status) === status) return;
      await devnet.pass(1);
    }
    const shown = await as("requester", "job", job);
    const last = seen.slice(-12).map((event) => JSON.stringify(event)).join("\n");
    throw new Error(`the job did not become ${status}: ${shown.stdout}\n${last}`);
  }

  /** Compiles a model, by default the digits CNN, and publishes it. */
  async function publish(file = MODEL): Promise<Published> {
    const made = await as("publisher", "model", "compile", file, "--out", join(folder, basename(dirname(file))));
    expect(made.code, made.stderr).to.equal(0);
    const canonical: string = made.json!.canonical;
    const published = await as(
      "publisher",
      ...["model", "publish", canonical, "--price", "2", "--min-bond", String(BOND / OPG), "--min-window", String(WINDOW), "--share", "1000", "--local-files"],
    );
    expect(published.code, published.stderr).to.equal(0);
    const compiled = await rebuild(new Uint8Array(readFileSync(canonical)), new Uint8Array(readFileSync(made.json!.program)), ortRuntime);
    expect(published.json!.programRoot).to.equal(compiled.root);
    return { version: published.json!.version, compiled };
  }

  async function request(version: string, input = "digit.bin", ...extra: string[]): Promise<string> {
    const made = await as("requester", "request", version, "--input", join(folder, input), ...extra);
    expect(made.code, made.stderr).to.equal(0);
    return made.json!.job;
  }

  async function stop(...daemons: RunningDaemon[]): Promise<void> {
    for (const each of daemons) await each.stop();
  }

  /** Stops every daemon, whatever became of the story. */
  async function rest(): Promise<void> {
    await Promise.allSettled(running.splice(0).map((each) => each.stop()));
  }

  async function close(): Promise<void> {
    await rest();
    await devnet.close();
    rmSync(folder, { recursive: true });
  }

  return { devnet, folder, deployment, token, wallets, seen, environment, addressOf, as, daemon, round, until, publish, request, stop, rest, close };
}
