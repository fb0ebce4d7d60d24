import { setMaxListeners } from "node:events";
import { parseUnits, type Wallet } from "ethers";
import { startApi } from "./api/server.ts";
import type { ApiServer } from "./api/server.ts";
import type { ExplorerDevnet } from "./api/explorer/config.ts";
import { createFollower } from "./chain/follower.ts";
import { createIndexFollower } from "./chain/indexFollower.ts";
import { createSender } from "./chain/sender.ts";
import { clock, connect, explorerSettings, hostFingerprint, isLocal, leastNativeOf, modelCache, senderOptions, versionLimits, warningsFor } from "./connect.ts";
import type { Connection } from "./connect.ts";
import { hideSecrets } from "./config/load.ts";
import { loadWallet } from "./config/keys.ts";
import type { KeySources } from "./config/keys.ts";
import type { Config } from "./config/schema.ts";
import { inputError, messageOf, OpgError } from "../core/errors.ts";
import type { EventName, Events } from "../core/events.ts";
import type { Hex } from "../core/hex.ts";
import { complaints } from "../core/health.ts";
import type { Party } from "../core/jobs/lifecycle.ts";
import { twin } from "../core/operators/index.ts";
import type { OpTwin } from "../core/operators/twin.ts";
import type { Runtime, Store, TaskQueue, Telemetry } from "./ports.ts";
import type { Context } from "./roles/context.ts";
import { createDaemon, JOBS_PER_SESSION } from "./roles/daemon.ts";
import type { Daemon } from "./roles/daemon.ts";
import { keepIndex } from "./roles/indexing.ts";
import { createOperator } from "./roles/operator.ts";
import { watchRuns } from "./host/runs.ts";
import { createSettler } from "./roles/settle.ts";
import { createPerformer, tasksThrough } from "./roles/taskExchange.ts";
import { createTasks, type TaskLimits, type Tasks } from "./roles/tasks.ts";
import { createGasGuard, isLimited } from "./roles/spending.ts";
import { createDispatch } from "./roles/transactions.ts";
import { createVersionHost } from "./host/versions.ts";
import type { VersionHost } from "./host/versions.ts";
import { createWatcher } from "./roles/watcher.ts";
import { createCommitter } from "./runtime/committing.ts";
import { createProcessRuntime } from "./runtime/processRuntime.ts";
import { createWorkerRuntime } from "./runtime/workers.ts";
import { readPublished } from "./store/files.ts";
import { openEvidence } from "./store/evidence.ts";
import { lockDirectory } from "./store/lock.ts";
import { freeBytes } from "./store/room.ts";
import { openStore } from "./store/store.ts";
import { figureSources, readFigures } from "./telemetry/figures.ts";
import { createLogger, logSubscriber } from "./telemetry/logger.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { narrated } from "./telemetry/narration.ts";
import { shared, within } from "./telemetry/shared.ts";
import { watchStore } from "./telemetry/storeWatch.ts";
import { createWaiting } from "./telemetry/waiting.ts";
import { createTelemetry } from "./telemetry/telemetry.ts";

/** Seconds that the newest block may be old by default. */
const MAX_HEAD_AGE = 120;
/** Health is looked into once in this time at most. */
const HEALTH_MS = 1_000;
const STORE_PATIENCE_MS = 3_000;
const STANDBY_MS = 250;
/** Places of workers elsewhere that a daemon without any of its own counts on, unless `work.inHand` says how many. */
const PLACES_ELSEWHERE = 32;

/** Parts that a test or a demonstration replaces. */
export interface Overrides {
  readonly runtime?: Runtime;
  readonly twin?: OpTwin;
  readonly wrapVersions?: (versions: VersionHost) => VersionHost;
  readonly wrapStore?: (store: Store) => Store;
  readonly onEvent?: (name: EventName, fields: Events[EventName]) => void;
  readonly explorerDevnet?: ExplorerDevnet;
}

export interface RunningDaemon {
  readonly daemon: Daemon;
  readonly store: Store;
  readonly context: Context;
  readonly api: ApiServer;
  readonly address: Hex;
  /** Ends the loop, waits for the work in hand and closes everything. */
  stop(reason?: string): Promise<void>;
  /** Settles when the loop has ended; rejects where it ended because the store is gone for good. */
  readonly ended: Promise<void>;
}

export interface DaemonSettings {
  readonly config: Config;
  readonly roles: Omit<Party, "address">;
  readonly keys: KeySources;
  /** Where the log goes. */
  readonly log: { readonly format: "json" | "text"; readonly write: (line: string) => void };
  readonly overrides?: Overrides;
  /** False leaves the ticking to the caller. */
  readonly loop?: boolean;
  /** Waits for the store while another daemon uses it, until the signal aborts. */
  readonly standby?: AbortSignal;
}

/** What is to be closed, the last that was opened first. */
class Closing {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  async close(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

/** Builds the daemon out of its parts and starts it. */
export async function startDaemon(settings: DaemonSettings): Promise<RunningDaemon> {
  const { config, keys } = settings;
  hideSecrets(config, keys.redactor);
  requirePublicUrl(settings);
  const telling = openTelling(settings);
  const wallet = await loadWallet(config.key, keys);
  const connection = await connect(config, telling.telemetry);
  const closing = new Closing();
  try {
    closing.add(lockDirectory(config.dataDir));
    const built = await build({ settings, telling, connection, wallet, closing });
    return await run(built, { settings, telling, connection, closing });
  } catch (error) {
    await closing.close();
    throw error;
  }
}

function requirePublicUrl({ config, roles }: DaemonSettings): void {
  if (!roles.operator || config.api.publicUrl !== undefined || !/^(0\.0\.0\.0|::|\[::\])$/.test(config.api.host)) return;
  throw inputError("PUBLIC_URL", `api.host is ${config.api.host}, which is no address that a challenger can ask`, {
    fix: "set api.publicUrl (or OPG_PUBLIC_URL) to the address of this machine as others see it",
  });
}

/** Who hears what happens: the log, the metrics, and what is said of waiting. */
function openTelling({ config, keys, log, overrides = {} }: DaemonSettings) {
  const metrics = createMetrics();
  const logger = createLogger({ level: config.log.level, format: log.format, redactor: keys.redactor, destination: { write: log.write } });
  const onEvent = overrides.onEvent === undefined ? [] : [overrides.onEvent];
  const waiting = createWaiting(() => clock.now());
  return { metrics, waiting, telemetry: createTelemetry([logSubscriber(logger), metrics.subscriber, waiting.subscriber, ...onEvent]) };
}

/** What is there before any part is. */
interface Ground {
  readonly settings: DaemonSettings;
  readonly telling: ReturnType<typeof openTelling>;
  readonly connection: Connection;
  readonly closing: Closing;
}

interface Built {
  readonly context: Context;
  readonly api: ApiServer;
  readonly queue: TaskQueue;
  readonly daemon: Daemon;
}

/** All parts, in the order in which one needs the other. */
async function build(ground: Ground & { readonly wallet: Wallet }): Promise<Built> {
  const { settings, telling, connection, wallet, closing } = ground;
  const { config, keys, overrides = {} } = settings;
  const { telemetry } = telling;
  const opened = await openOwnStore(settings, telemetry);
  closing.add(() => opened.close());
  const plainStore = overrides.wrapStore?.(opened) ?? opened;
  const storeWatch = watchStore(plainStore);
  const { store } = storeWatch;
  await claimStore(store, connection);
  const shelf = openEvidence(config.evidence.url, config.dataDir, keys.env);
  const address = wallet.address.toLowerCase() as Hex;

  const places = placesOf(settings);
  const runs = openRuns(ground, store, places);
  const { versions } = runs;
  const committer = createCommitter();
  closing.add(() => committer.close());
  const context: Context = { ...connection, address, store, versions, committer, clock, telemetry, shelf, twin: overrides.twin ?? twin };
  const queue = await openQueue(context, config, places, closing);

  let daemon = undefined as Daemon | undefined;
  const progress = () => daemon?.progress() ?? { head: undefined, silence: 0, oldestDue: 0 };
  const readHealth = async () => {
    // Not by the watched one: that this goes through says nothing of what failed.
    const ping = await within(STORE_PATIENCE_MS, plainStore.recentBlocks(1)).then(() => undefined, () => "a question");
    const { head, silence } = progress();
    const headAge = head && Date.now() / 1_000 - head.timestamp;
    const reasons = complaints({ headAge, silence, storeFault: storeWatch.fault() ?? ping, runFault: runs.fault() }, healthLimits(connection, config));
    return { ok: reasons.length === 0, reasons, block: head?.number ?? null, headAgeSeconds: headAge ?? null, lagSeconds: silence };
  };
  const health = shared(readHealth, HEALTH_MS, () => clock.now());
  const figures = figureSources({
    ...connection,
    address,
    store,
    clock,
    health,
    oldestDueSeconds: () => progress().oldestDue,
    tasksWaiting: () => queue.depth(),
    leastNative: leastNativeOf(config),
    room: { data: () => freeBytes(config.dataDir), evidence: () => shelf.room() },
  });
  const index = openIndex(settings, telemetry, connection, plainStore, closing);
  const api = await startApi(
    {
      tensor: (job, id) => shelf.read(job, id),
      output: (job) => shelf.readOutput(job),
      model: (digest) => readPublished(modelCache(config), digest),
      metrics: async () => telling.metrics.render(await readFigures(figures)),
      health: async () => ({ ...(await health()), waiting: telling.waiting.list() }),
    },
    { ...config.api, index: index && { ...config.api, of: index }, explorer: explorerSettings(config, overrides.explorerDevnet) },
  );
  closing.add(() => api.close());
  daemon = buildDaemon(context, connection, wallet, settings, tasksThrough(queue), api.url);
  return { context, api, queue, daemon };
}

/** The index, if it is asked for. Reading the chain into it goes on until the daemon closes. */
function openIndex({ config }: DaemonSettings, telemetry: Telemetry, { rpc, reader, confirmations }: Connection, store: Store, closing: Closing) {
  if (!config.api.index) return undefined;
  const { logRange: range, pollMs } = config.network;
  const ending = new AbortController();
  const follower = createIndexFollower(rpc, reader.deployment, store.chainIndex, { confirmations, range }, ending.signal);
  const kept = keepIndex(follower, { clock, telemetry, pollMs }, ending.signal);
  closing.add(async () => {
    ending.abort();
    await kept;
  });
  return store.chainIndex;
}

const placesOf = ({ config: { work, operator, watcher }, roles }: DaemonSettings): number =>
  work.places ?? Math.max(roles.operator ? operator.concurrency : 1, roles.watcher ? watcher.concurrency : 1);

/** The runtime and the versions that it runs. */
function openRuns({ settings, telling, connection, closing }: Ground, store: Store, places: number) {
  const { config, overrides = {} } = settings;
  // One thread more than runs of one version: a trace for a check or a dispute does not wait for the jobs.
  const workers = createWorkerRuntime(places + 1);
  closing.add(() => workers.close());
  const runtime = overrides.runtime ?? workers;
  const runs = watchRuns(buildVersions(connection, config, store, telling.telemetry, runtime, Math.max(1, places), overrides));
  closing.add(() => runs.versions.close());
  return runs;
}

/** The queue that this process gives tasks to, and takes them from as far as it has places. */
async function openQueue(context: Context, config: Config, places: number, closing: Closing): Promise<TaskQueue> {
  const { store, telemetry } = context;
  const queue = await store.tasks({ gives: true, onTrouble: (error) => telemetry.emit("store.unreachable", { error: messageOf(error) }) });
  closing.add(() => queue.close());
  if (places === 0) return queue;
  const working = new AbortController();
  const atOnce = JOBS_PER_SESSION * places;
  const taking = queue.take({ disputes: atOnce, jobs: atOnce }, createPerformer(createTasks(context, taskLimits(config))), working.signal);
  closing.add(async () => {
    working.abort();
    await taking;
  });
  return queue;
}

function buildDaemon(context: Context, connection: Connection, wallet: Wallet, settings: DaemonSettings, tasks: Tasks, apiUrl: string): Daemon {
  const { config, roles } = settings;
  const { store, telemetry, address } = context;
  const { rpc, reader, confirmations } = connection;
  const places = placesOf(settings);
  const party = { address, ...roles };
  const gasLimits = { perDay: optional(config.spending.nativePerDay), perDispute: optional(config.spending.nativePerDispute) };
  const guard = isLimited(gasLimits) && { spending: createGasGuard(store, gasLimits, clock, telemetry) };
  const sender = createSender(rpc, reader, wallet, store.outbox, clock, telemetry, { ...senderOptions(connection, config), ...guard });
  const range = config.network.logRange;
  const follower = createFollower(rpc, reader.deployment, narrated(store, telemetry, party), telemetry, { confirmations, range }, reader);
  return createDaemon(context, follower, sender, buildHandlers(context, tasks, connection, config, apiUrl), {
    party,
    pollMs: config.network.pollMs,
    confirmations,
    concurrency: config.work.inHand ?? JOBS_PER_SESSION * (places === 0 ? PLACES_ELSEWHERE : places),
    keepBlocks: KEEP_BLOCKS,
  });
}

const healthLimits = (connection: Connection, { health, network }: Config) => ({
  maxHeadAge: health.maxHeadAge === undefined ? (isLocal(connection) ? null : MAX_HEAD_AGE) : health.maxHeadAge,
  maxSilence: (10 * network.pollMs + 30_000) / 1_000,
});

/** Lets it run until it is told to stop, or the store is gone for good. */
async function run({ context, api, queue, daemon }: Built, { settings, telling, connection, closing }: Ground): Promise<RunningDaemon> {
  const { config, roles, loop } = settings;
  const { telemetry } = telling;
  const { address, store } = context;
  const names = (["operator", "watcher", "keeper"] as const).filter((role) => roles[role]).join(" ");
  telemetry.emit("daemon.started", { roles: names, address, chainId: connection.reader.deployment.chainId, api: api.url });
  for (const { about, text } of await warningsFor(connection, config, address, roles.operator, api.url)) {
    telemetry.emit("daemon.warning", { about, text });
  }
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  let lost: Error | undefined;
  store.onLost((error) => {
    lost = error;
    telemetry.emit("store.lost", { error: messageOf(error) });
    stopping.abort();
  });
  const ended = (loop === false ? Promise.resolve() : daemon.run(stopping.signal)).then(() => {
    // INVARIANT: without its memory the daemon ends, and says so to whoever started it.
    if (lost !== undefined) throw lost;
  });
  ended.catch(() => undefined);
  const stop = async (reason: string) => {
    stopping.abort();
    queue.abandon();
    await (loop === false ? daemon.idle() : ended.catch(() => undefined));
    telemetry.emit("daemon.stopped", { reason: lost === undefined ? reason : messageOf(lost) });
    await closing.close();
  };
  let stopped: Promise<void> | undefined;
  return { daemon, store, context, api, address, ended, stop: (reason = "asked to") => (stopped ??= stop(reason)) };
}

/** The store that only one daemon uses at a time; as a standby, when it is free. */
async function openOwnStore({ config, standby }: DaemonSettings, telemetry: Telemetry): Promise<Store> {
  const options = { directory: config.dataDir, ...(config.store.url && { url: config.store.url }) };
  for (let told = false; ; told = true) {
    try {
      return await openStore(options);
    } catch (error) {
      const isTaken = error instanceof OpgError && error.code === "STORE_IN_USE";
      if (standby === undefined || !isTaken) throw error;
      if (!told) telemetry.emit("daemon.standby", { store: error.message });
      await clock.sleep(STANDBY_MS, standby);
      if (standby.aborted) throw error;
    }
  }
}

/** Blocks after which a job that is done is forgotten: beyond any reorganisation that a chain recovers from. */
const KEEP_BLOCKS = 50_000;

async function claimStore(store: Store, { reader }: Connection): Promise<void> {
  const { chainId, jobs } = reader.deployment;
  await store.claim({ chainId, genesis: await reader.blockHash(0), deployment: jobs });
}

export function buildVersions(
  connection: Connection,
  config: Config,
  store: Store,
  telemetry: Telemetry,
  runtime: Runtime,
  sessions: number,
  overrides: Overrides,
): VersionHost {
  const foreign = overrides.runtime === undefined ? { openForeign: () => createProcessRuntime() } : {};
  const modules = { ...connection, runtime, ...foreign, clock, telemetry, store, host: hostFingerprint() };
  const versions = createVersionHost(modules, versionLimits(config, sessions));
  return overrides.wrapVersions?.(versions) ?? versions;
}

function buildHandlers(context: Context, tasks: Tasks, connection: Connection, config: Config, apiUrl: string) {
  const dispatch = createDispatch(context);
  const operator = createOperator(context, dispatch, tasks, {
    versions: config.operator.versions,
    minFee: parseUnits(config.operator.minPrice),
    maxBond: parseUnits(config.operator.maxBond),
    maxCallbackGas: config.operator.maxCallbackGas,
    bondPerCheck: parseUnits(config.operator.bondPerCheck),
    publicUrl: (config.api.publicUrl ?? apiUrl).replace(/\/$/, ""),
    confirmations: connection.confirmations,
    pollSeconds: config.network.pollMs / 1_000,
    minesOnDemand: isLocal(connection),
  });
  const watcher = createWatcher(context, dispatch, tasks, {
    versions: config.watcher.versions,
    hiddenInputAfter: config.watcher.hiddenInputAfter,
    hiddenInputBudget: parseUnits(config.watcher.hiddenInputBudget),
    doubtBudget: parseUnits(config.watcher.doubtBudget),
    spending: { perDay: optional(config.spending.opgPerDay), perDispute: optional(config.spending.opgPerDispute) },
  });
  return { ...operator, ...watcher, ...createSettler(context, dispatch) };
}

export const taskLimits = ({ operator, limits }: Config): TaskLimits => ({
  answerInputBytes: operator.maxInputBytes,
  judgeInputBytes: limits.tensorBytes,
  tensorBytes: limits.tensorBytes,
  sampleElements: operator.sampleElements,
});
const optional = (amount: string | undefined): bigint | undefined => (amount === undefined ? undefined : parseUnits(amount));
