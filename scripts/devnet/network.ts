/** A whole network on this machine: what `opg devnet` keeps up, and what the demo is told on. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readDigits } from "../../models/digits.ts";
import { exampleNames, heldOut, type ShippedName } from "../../models/heldOut.ts";
import { devnetFile } from "../../oracle/config/devnet.ts";
import type { Devnet as Running } from "../../oracle/config/devnet.ts";
import { inputError, OpgError, refusedError } from "../../core/errors.ts";
import type { DaemonSettings, Overrides, RunningDaemon } from "../../oracle/main.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { lockDirectory } from "../../oracle/store/lock.ts";
import { isTaken, startAnvil, startHardhat } from "./chain.ts";
import { PUBLISHED, startControl } from "./control.ts";
import { lyingAbout, onlyNaming, placeOf, type Place } from "./liar.ts";
import { openStage, PARTIES, publishedIn, type PartyName, type PublishedModel, type Stage, type StageOptions } from "./stage.ts";

export const CHAINS = ["hardhat", "anvil"] as const;

export interface NetworkOptions extends Pick<StageOptions, "window" | "pollMs" | "log"> {
  /** Where it says what it runs, in `.opg`. */
  readonly folder: string;
  readonly chain?: (typeof CHAINS)[number];
  /** Of the chain; control and daemons take those that follow. 0 takes any that are free. */
  readonly port?: number;
  /** Where a second operator lies, as `placeOf` reads it, or true for a place in every model. */
  readonly liar?: string | true;
  readonly say?: (line: string) => void;
  /** Whether it publishes the example models beside those of the demo. */
  readonly examples?: boolean;
  /** Whether the watcher, or else the operator, keeps an index and serves the explorer. */
  readonly explorer?: boolean;
  /** Roles that are left to whoever uses the devnet. */
  readonly without?: readonly Part[];
  /** What the watcher tells. */
  readonly onEvent?: Overrides["onEvent"];
  /** Gives up what was begun. */
  readonly signal?: AbortSignal;
}

export interface Network {
  readonly stage: Stage;
  readonly running: Running;
  /** Where the liar lies, by version. */
  readonly lies: ReadonlyMap<string, Lie>;
  /** Rejects when a part of it ended by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

interface Lie {
  readonly model: PublishedModel["compiled"];
  readonly place: Place;
}

/** Roles that a devnet fills unless it is told not to. */
export const PARTS = ["operator", "watcher", "keeper"] as const;
export type Part = (typeof PARTS)[number];

/** Who has an API, in the order of their ports after those of the chain and of the control. */
const SERVING = ["operator", "watcher", "liar"] as const;

/** What each daemon does; the watcher is the keeper as well. */
function rolesOf({ without = [], liar }: NetworkOptions): Partial<Record<(typeof SERVING)[number], DaemonSettings["roles"]>> {
  const [operator, watcher, keeper] = PARTS.map((part) => !without.includes(part));
  return {
    ...(operator && { operator: { operator, watcher: false, keeper: false } }),
    ...((watcher || keeper) && { watcher: { operator: false, watcher, keeper } }),
    ...(liar !== undefined && { liar: { operator: true, watcher: false, keeper: false } }),
  };
}

export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { folder, chain = "hardhat", port = 0, say = () => {}, signal } = options;
  const examples = options.examples === true ? exampleNames : [];
  const home = join(folder, ".opg", "devnet");
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    undo.push(claim(home));
    const portOf = await reserve(port, ["chain", "control", ...SERVING]);
    signal?.throwIfAborted();

    const devnet = await startChain(chain, port === 0 ? undefined : portOf("chain"));
    undo.push(() => devnet.close());
    signal?.throwIfAborted();
    const folderOfStage = join(home, "stage");
    const control = await startControl(publishedIn(folderOfStage), portOf("control"));
    undo.push(() => control.close());
    const stage = await openStage(devnet, say, { ...options, folder: folderOfStage, publishedAt: `${control.url}${PUBLISHED}` });
    control.serve(stage);
    // It closes the chain as well.
    undo.splice(-2, 1, () => stage.stop());
    const models = Object.values(stage.published);
    for (const name of examples) {
      signal?.throwIfAborted();
      models.push(await stage.publish(name));
    }
    signal?.throwIfAborted();

    const lies = options.liar === undefined ? new Map<string, Lie>() : liesOf(models, options.liar);
    const overrides = { operator: {}, watcher: options.onEvent === undefined ? {} : { onEvent: options.onEvent }, liar: lying(stage, lies) };
    const roles = rolesOf(options);
    const parties = SERVING.filter((party) => roles[party] !== undefined);
    const shows = options.explorer === true ? (["watcher", "operator"] as const).find((party) => roles[party] !== undefined) : undefined;
    const explorer = explorerOf(stage, control.url);
    const daemons = await together(
      parties.map((party) => {
        const own = party === shows ? explorer : { api: {}, overrides: {} };
        return stage.start(party, roles[party]!, { ...overrides[party], ...own.overrides }, { port: portOf(party), ...own.api });
      }),
    );
    const apis = Object.fromEntries(parties.map((party, i) => [party, daemons[i].api.url]));
    const running = parties.flatMap((party) => (party === "liar" ? [party] : PARTS.filter((part) => roles[party]![part])));
    say(`running: ${running.join(", ")}`);
    signal?.throwIfAborted();

    const status: Running = {
      pid: process.pid,
      chainId: stage.deployment.chainId,
      rpcUrl: devnet.url,
      control: control.url,
      deployment: stage.deploymentFile,
      dataDir: join(home, "data"),
      digits: writeDigits(join(home, "inputs", "digits")),
      inputs: writeInputs(join(home, "inputs"), examples),
      contracts: contractsOf(stage),
      models: Object.fromEntries(models.map(({ name, version }) => [name, version])),
      window: options.window ?? 60,
      roles: running,
      apis,
      ...(shows && { explorer: `${apis[shows]}/explorer/` }),
      accounts: Object.fromEntries(PARTIES.map((party) => [accountName(party), { address: stage.address(party), key: stage.keyOf(party) }])),
      signer: "requester",
      lies: Object.fromEntries(models.flatMap(({ name, version }) => describeLie(name, lies.get(version)))),
    };
    control.show(status);
    undo.push(announce(folder, status));
    const failed = failureOf(stage, daemons);
    // Whoever does not wait for it is not ended by it.
    failed.catch(() => undefined);
    return { stage, running: status, lies, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What it keeps in its home while it runs. */
const PARTS_OF_HOME = ["stage", "data", "inputs"] as const;

/** One devnet in a folder; what an earlier one left there is removed, and in the end what this one did. */
function claim(home: string): () => void {
  let unlock: () => void;
  try {
    unlock = lockDirectory(home);
  } catch (error) {
    if (!(error instanceof OpgError) || error.code !== "DATA_DIR_IN_USE") throw error;
    throw inputError("DEVNET_RUNS", `a devnet runs in this folder already: ${error.message}`, { fix: "stop it, or start this one in another folder" });
  }
  for (const left of PARTS_OF_HOME) rmSync(join(home, left), { recursive: true, force: true });
  return () => {
    for (const left of PARTS_OF_HOME) rmSync(join(home, left), { recursive: true, force: true });
    unlock();
    rmSync(join(home, "daemon.lock"), { force: true });
    removeEmpty(home, dirname(home));
  };
}

/** Ports in a row from the given one on, all free; or any. */
async function reserve<Name extends string>(port: number, names: readonly Name[]): Promise<(name: Name) => number> {
  if (port === 0) return () => 0;
  const last = port + names.length - 1;
  for (let each = port; each <= last; each++) {
    if (!(await isTaken(each))) continue;
    const fix = `stop what listens on ${each}, or choose another row with --port`;
    throw refusedError("PORT_IN_USE", `port ${each} is taken, and a devnet needs ${port} to ${last}`, { fix });
  }
  return (name) => port + names.indexOf(name);
}

async function startChain(chain: (typeof CHAINS)[number], port: number | undefined) {
  if (chain === "hardhat") return startHardhat(port);
  if (startAnvil === undefined) {
    throw refusedError("NO_ANVIL", "anvil is not installed", { fix: "leave --anvil away, or on Linux with x86-64 npm install @foundry-rs/anvil-linux-amd64; in a checkout npm ci without --omit=optional has it" });
  }
  return startAnvil(port);
}

/** All of them, once none is under way any more; fails where one does. */
async function together<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** As many nodes of a model as a person reads. */
const NAMED = 20;

function liesOf(models: readonly PublishedModel[], liar: string | true): Map<string, Lie> {
  const found = models.flatMap(({ version, compiled }) => {
    const place = placeOf(compiled, liar === true ? undefined : liar);
    return place === undefined ? [] : [[version, { model: compiled, place }] as const];
  });
  if (found.length > 0) return new Map(found);
  const names = models.map(({ name, compiled: { program } }) => {
    const left = program.nodes.length - NAMED;
    return `  ${name}: ${program.nodes.slice(0, NAMED).map((node) => node.name).join(", ")}${left > 0 ? `, and ${left} more` : ""}`;
  });
  throw inputError("LIE", `no shipped model has a node or a tensor "${String(liar)}"`, { fix: `name one of these nodes:\n${names.join("\n")}` });
}

const accountName = (party: PartyName): string => (party === "absent" ? "spare" : party);

/** What makes a daemon serve the explorer, in which everybody has the test accounts and the clock; those come first that no daemon signs for. */
const explorerOf = (stage: Stage, control: string) => ({
  api: { index: true, explorerRpcUrl: stage.url, explorerName: "opg devnet" },
  overrides: { explorerDevnet: { control, accounts: PARTIES.toReversed().map((party) => ({ name: accountName(party), address: stage.address(party) })) } },
});

const lying = (stage: Stage, lies: ReadonlyMap<string, Lie>): Overrides => ({
  wrapVersions: (honest) => lyingAbout(honest, lies, ortRuntime),
  wrapStore: (store) => onlyNaming(stage.address("liar"), store),
});

function describeLie(name: string, lie: Lie | undefined): [string, Running["lies"][string]][] {
  if (lie === undefined) return [];
  const { model, place } = lie;
  return [[name, { node: model.program.nodes[place.node].name, tensor: model.tensors[place.tensor], element: place.element }]];
}

function contractsOf({ deployment }: Stage): Record<string, string> {
  const { opg, verifier, models, stakes, game, jobs, lens } = deployment;
  return { opg, verifier, models, stakes, game, jobs, lens };
}

function writeDigits(folder: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  const images = readDigits();
  return Object.fromEntries(
    Array.from({ length: 10 }, (_, digit) => {
      const file = join(folder, `${digit}.bin`);
      writeFileSync(file, images.find(({ label }) => label === digit)!.input);
      return [digit, file];
    }),
  );
}

/** An input of every one of these models. */
function writeInputs(folder: string, names: readonly ShippedName[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const file = join(folder, `${name}.bin`);
      writeFileSync(file, heldOut(name).inputs[0]);
      return [name, file];
    }),
  );
}

/**
 * Says what runs where commands look for it: in `.opg/devnet.json`, and in `deployments/local.json`, which a configuration
 * with every default names, unless that is somebody else's. Returns what takes it back.
 */
function announce(folder: string, running: Running): () => void {
  const file = devnetFile(folder);
  const local = join(folder, "deployments", "local.json");
  const isOurs = !existsSync(local) || isLeftBehind(file, local);
  if (isOurs) write(local, readFileSync(running.deployment, "utf8"));
  write(file, `${JSON.stringify(running, null, 2)}\n`);
  return () => {
    rmSync(file, { force: true });
    if (!isOurs) return;
    rmSync(local, { force: true });
    removeEmpty(dirname(local));
  };
}

function removeEmpty(...folders: readonly string[]): void {
  try {
    for (const folder of folders) rmdirSync(folder);
  } catch {
    // There is something else in it.
  }
}

/** Whether a devnet that was killed before it could take it back wrote this deployment. */
function isLeftBehind(file: string, deployment: string): boolean {
  try {
    const [left, found] = [file, deployment].map((each) => JSON.parse(readFileSync(each, "utf8")) as { contracts?: { jobs: string }; jobs?: string });
    return left.contracts?.jobs === found.jobs;
  } catch {
    return false;
  }
}

/** Nobody reads half of it. */
function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

async function failureOf(stage: Stage, daemons: readonly RunningDaemon[]): Promise<never> {
  const chain = stage.devnet.gone.then(() => Promise.reject(refusedError("DEVNET_ENDED", "the devnet's chain ended by itself")));
  // A daemon that is asked to stop settles without a word.
  await Promise.race([chain, ...daemons.map(({ ended }) => ended.then(() => new Promise<never>(() => undefined)))]);
  throw new Error("unreachable");
}
