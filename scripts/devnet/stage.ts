/** A chain, the contracts, the shipped models, the parties and their OPG: what a devnet and many a test begin with. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BaseContract, type Signer, formatUnits, hexlify, HDNodeWallet, MaxUint256, NonceManager, parseUnits, ZeroAddress, type ContractTransactionReceipt, type ContractTransactionResponse } from "ethers";
import { readModel } from "../../models/cards.ts";
import type { ShippedName } from "../../models/heldOut.ts";
import type { Config } from "../../oracle/config/schema.ts";
import { parseConfig } from "../../oracle/config/load.ts";
import { compile } from "../../core/compile/compile.ts";
import { sha256 } from "../../core/digest.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { encodeHeader } from "../../core/program/program.ts";
import { Redactor } from "../../core/secrets.ts";
import { foldJob, type JobState } from "../../core/jobs/state.ts";
import { connect } from "../../oracle/connect.ts";
import { startDaemon, type DaemonSettings, type Overrides, type RunningDaemon } from "../../oracle/main.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { deployOn, readParameters, type Deployment } from "../protocol.ts";
import type { Devnet } from "./chain.ts";
import { deployContract, contractAt, groundOn } from "./ground.ts";

export const opg = (amount: number | string): bigint => parseUnits(String(amount));

/** The development accounts that every local node funds. */
const MNEMONIC = "test test test test test test test test test test test junk";
export const PARTIES = ["publisher", "operator", "liar", "watcher", "requester", "absent"] as const;
export type PartyName = (typeof PARTIES)[number];

export interface PublishedModel {
  name: ShippedName;
  compiled: CompiledModel;
  version: string;
}

/** What every job of the scene is asked on. */
export const TERMS = { fee: opg(1), bond: opg(100), callbackGas: 150_000, window: 120, servePeriod: 3600 } as const;

export type Stage = Awaited<ReturnType<typeof openStage>>;

export interface StageOptions {
  /** Where files and stores go; it is removed in the end. By default a folder of its own. */
  readonly folder?: string;
  /** Least challenge window of the models, in seconds. */
  readonly window?: number;
  /** Where the files of its folder `published` are served besides, for whoever reads no files of this machine. */
  readonly publishedAt?: string;
  /** How often the daemons look at the chain. */
  readonly pollMs?: number;
  /** The daemons' logs: at which level, and where a line of one goes. */
  readonly log?: { readonly level: string; readonly write: (party: PartyName, line: string) => void };
}

/** Where a stage has the files that it publishes. */
export const publishedIn = (folder: string): string => join(folder, "published");

/** Builds the scene on a fresh node. `say` hears what is being done. */
export async function openStage(devnet: Devnet, say: (line: string) => void = () => {}, options: StageOptions = {}) {
  const { folder = mkdtempSync(join(tmpdir(), "opg-stage-")), window = 60, pollMs = 50, publishedAt } = options;
  const { log = { level: process.env.OPG_DEMO_LOG ?? "silent", write: (party, line) => void process.stderr.write(`${party}: ${line}`) } } = options;
  mkdirSync(publishedIn(folder), { recursive: true });
  const daemons: RunningDaemon[] = [];
  /** Contracts that have prepaid OPG. */
  const consumers: string[] = [];
  const { provider, pass: travel } = devnet;
  say(`a chain on ${devnet.url}`);
  const keys = Object.fromEntries(
    PARTIES.map((party, i) => [party, HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`)]),
  ) as Record<PartyName, HDNodeWallet>;
  const signer = Object.fromEntries(
    PARTIES.map((party) => [party, new NonceManager(keys[party].connect(provider))]),
  ) as Record<PartyName, NonceManager>;
  const address = (party: PartyName): string => keys[party].address;
  const keyOf = (party: PartyName): string => keys[party].privateKey;

  const deployment: Deployment = await deployOn(await groundOn(provider), readParameters("local"));
  const deploymentFile = join(folder, "deployment.json");
  writeFileSync(deploymentFile, JSON.stringify(deployment));
  const contracts = {
    token: contractAt("OPG", deployment.opg, signer.publisher),
    models: contractAt("ModelRegistry", deployment.models, signer.publisher),
    stakes: contractAt("StakeRegistry", deployment.stakes, signer.publisher),
    game: contractAt("DisputeGame", deployment.game, signer.publisher),
    jobs: contractAt("JobRegistry", deployment.jobs, signer.publisher),
  };
  const { token, models, stakes, game, jobs } = contracts;
  say("contracts deployed, their parameters read back");

  const mined = async (tx: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> => {
    const receipt = await (await tx).wait();
    if (receipt === null) throw new Error("the transaction has no receipt");
    return receipt;
  };

  for (const party of PARTIES) {
    if (party !== "publisher") await mined(token.transfer(address(party), opg(10_000)));
    for (const spender of [deployment.jobs, deployment.stakes, deployment.game])
      await mined(by(token, signer[party]).approve(spender, MaxUint256));
  }
  for (const party of ["operator", "liar"] as const) await mined(by(stakes, signer[party]).bond(deployment.jobs, opg(1_000)));
  await mined(by(game, signer.watcher).deposit(address("watcher"), opg(100)));
  await mined(by(jobs, signer.requester).deposit(address("requester"), opg(100)));
  say("operators bonded, watcher and requester funded");

  const published = {
    mlp: await publish("digits-mlp"),
    cnn: await publish("digits-cnn"),
    int8: await publish("digits-cnn-int8"),
  };

  /** Compiles and publishes a shipped model. */
  async function publish(name: ShippedName): Promise<PublishedModel> {
    return { name, ...(await publishFile(name, readModel(name))) };
  }

  /** Compiles and publishes any ONNX file. */
  async function publishFile(name: string, onnx: Uint8Array): Promise<{ compiled: CompiledModel; version: string }> {
    const compiled = await compile(onnx, { runtime: ortRuntime });
    const card = join(import.meta.dirname, "..", "..", "models", name, "card.json");
    await mined(models.createModel(existsSync(card) ? put(`${name}.card.json`, readFileSync(card)) : ""));
    const details = {
      modelId: await models.modelCount(),
      programRoot: compiled.root,
      verifier: deployment.verifier,
      fileDigest: compiled.digest,
      programDigest: sha256(compiled.programFile),
      price: TERMS.fee,
      minBond: TERMS.bond,
      minWindow: window,
      shareBps: 500,
      header: hexlify(encodeHeader(compiled.program)),
      fileURI: put(`${name}.onnx`, compiled.canonical),
      programURI: put(`${name}.program.json`, compiled.programFile),
    };
    await mined(models.publish(details));
    const version = await models.versionId(details);
    say(`${name} published: program root ${compiled.root.slice(0, 18)}…, ${compiled.program.nodes.length} nodes`);
    return { compiled, version };
  }

  /** Writes a file for everybody. Returns its addresses. */
  function put(name: string, content: Uint8Array): string {
    const path = join(publishedIn(folder), name);
    writeFileSync(path, content);
    return [pathToFileURL(path).href, ...(publishedAt === undefined ? [] : [`${publishedAt}/${name}`])].join(" ");
  }

  /** A consumer contract with prepaid OPG. */
  async function deployReader(version: string) {
    const terms = { version, operator: ZeroAddress, fee: TERMS.fee, bond: TERMS.bond, callbackGas: TERMS.callbackGas, window: TERMS.window, deadline: TERMS.servePeriod };
    const reader = await deployContract(["consumer/examples", "DigitReader"], [deployment.jobs, terms], signer.publisher);
    await prepay(await reader.getAddress());
    return reader;
  }

  /** Gives a consumer contract OPG to ask with. */
  async function prepay(consumer: string): Promise<void> {
    consumers.push(consumer);
    await mined(jobs.deposit(consumer, opg(10)));
  }

  /** Configuration of a daemon of this stage, as its file would say. */
  function configOf(party: string, operator: object = {}, api: object = {}, rpcUrl: string | readonly string[] = devnet.url): Config {
    const dataDir = join(folder, party);
    mkdirSync(dataDir, { recursive: true });
    const file = {
      network: { rpcUrl, deployment: deploymentFile, pollMs },
      dataDir,
      api: { port: 0, ...api },
      operator,
      log: { level: log.level },
    };
    return parseConfig(JSON.stringify(file), join(folder, "opg.config.json"), {}, folder).config;
  }
  const { reader } = await connect(configOf("publisher"));

  /** A job as its events tell it. */
  async function jobState(id: bigint): Promise<JobState> {
    const state = foldJob(id, await reader.jobHistory(id));
    if (state === undefined) throw new Error(`there is no job ${id}`);
    return state;
  }

  /** Starts a daemon with a key, a store and an API of its own; it is stopped with the stage. `api` changes its settings. */
  async function start(
    party: PartyName,
    roles: DaemonSettings["roles"],
    overrides: Overrides = {},
    api: object = {},
    rpcUrl?: string | readonly string[],
  ): Promise<RunningDaemon> {
    const daemon = await startDaemon({
      config: configOf(party, overrides.wrapVersions === undefined ? {} : { bondPerCheck: "1000000000" }, api, rpcUrl),
      roles,
      keys: { env: { OPG_PRIVATE_KEY: keys[party].privateKey }, redactor: new Redactor() },
      log: { format: "text", write: (line) => log.write(party, line) },
      overrides,
    });
    daemons.push(daemon);
    return daemon;
  }

  /** Everything that belongs to an account, in OPG: wallet, prepaid balances, bond and credit. */
  async function wealth(account: string): Promise<bigint> {
    const parts = await Promise.all([
      token.balanceOf(account),
      jobs.balanceOf(account),
      game.balanceOf(account),
      stakes.creditOf(account),
      stakes.bondOf(account, deployment.jobs).then((b) => b.bonded),
    ]);
    return parts.reduce((sum, part) => sum + part, 0n);
  }

  async function stop(): Promise<void> {
    await Promise.allSettled(daemons.map((daemon) => daemon.stop()));
    await devnet.close();
    rmSync(folder, { recursive: true, force: true });
  }

  return { devnet, url: devnet.url, folder, deploymentFile, daemons, keyOf, provider, deployment, contracts, signer, address, published, mined, consumers, prepay, deployReader, publish, publishFile, jobState, configOf, start, travel, wealth, stop };
}

/** Polls until `probe` gives something; fails loudly when it does not. */
export async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined, seconds = 30): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not happen within ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The contract as that account sees it. */
export const by = <C extends BaseContract>(contract: C, account: Signer): C => contract.connect(account) as C;

export const inOpg = (amount: bigint): string => formatUnits(amount);
