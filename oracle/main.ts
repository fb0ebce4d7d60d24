import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseUnits } from "ethers";
import type { Wallet } from "ethers";
import { startApi } from "./api/server.ts";
import type { ApiServer } from "./api/server.ts";
import { createCalls } from "./chain/calls.ts";
import { createFollower } from "./chain/follower.ts";
import { connectDeployment, createReader } from "./chain/reader.ts";
import { Rpc } from "./chain/rpc.ts";
import { createSender } from "./chain/sender.ts";
import { hideSecrets } from "./config/load.ts";
import { loadWallet } from "./config/keys.ts";
import type { KeySources } from "./config/keys.ts";
import type { Config } from "./config/schema.ts";
import { inputError, isTransient, messageOf, OpgError, refusedError, transientError } from "./core/errors.ts";
import { reasonOf } from "./core/systemErrors.ts";
import type { EventName, Events } from "./core/events.ts";
import type { Hex } from "./core/hex.ts";
import { complaints } from "./core/health.ts";
import type { Party } from "./core/jobs/lifecycle.ts";
import { disputeCost, warningsOf } from "./core/jobs/readiness.ts";
import { QUALIFICATION } from "./core/program/compile.ts";
import { twin } from "./core/ops/index.ts";
import type { OpTwin } from "./core/ops/twin.ts";
import type { Call, ChainCalls, ChainReader, Clock, Files, OutboxEntry, Runtime, Store, Telemetry } from "./ports.ts";
import type { Context } from "./roles/context.ts";
import { createDaemon, JOBS_PER_SESSION } from "./roles/daemon.ts";
import type { Daemon } from "./roles/daemon.ts";
import { createOperator } from "./roles/operator.ts";
import { watchRuns } from "./roles/runs.ts";
import { createSettler } from "./roles/settle.ts";
import { createPerformer, tasksThrough } from "./roles/taskExchange.ts";
import { createTasks, type TaskLimits, type Tasks } from "./roles/tasks.ts";
import { readStanding } from "./roles/standing.ts";
import { createGasGuard, isLimited } from "./roles/spending.ts";
import { createDispatch } from "./roles/transactions.ts";
import { createVersionHost } from "./roles/versions.ts";
import type { VersionHost } from "./roles/versions.ts";
import { createWatcher } from "./roles/watcher.ts";
import { ortRuntime } from "./runtime/ort.ts";
import { createWorkerRuntime } from "./runtime/workers.ts";
import { createFiles, readPublished } from "./store/files.ts";
import { openEvidence } from "./store/evidence.ts";
import { lockDirectory } from "./store/lock.ts";
import { createMemoryOutbox } from "./store/memoryOutbox.ts";
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

const REPLACE_AFTER_MS = { routine: 45_000, urgent: 12_000 };
const TRANSACTION_WINDOW = 64;
const HELD_VERSIONS = 8;
/** Seconds that the newest block may be old by default. */
const MAX_HEAD_AGE = 120;
/** Health is looked into once in this time at most. */
const HEALTH_MS = 1_000;
const STORE_PATIENCE_MS = 3_000;
const WARNING_PATIENCE_MS = 10_000;
const STANDBY_MS = 250;
/** Places of workers elsewhere that a daemon without any of its own counts on, unless `work.inHand` says how many. */
const PLACES_ELSEWHERE = 32;
/** Chains that people start on their own machine; a block there is final once it exists. */
const LOCAL_CHAINS = [1337, 31337];

export const clock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal && { signal }).catch(() => undefined);
  },
};

/** Parts that a test or a demonstration replaces. */
export interface Overrides {
  readonly runtime?: Runtime;
  readonly twin?: OpTwin;
  readonly wrapVersions?: (versions: VersionHost) => VersionHost;
  readonly wrapStore?: (store: Store) => Store;
  readonly onEvent?: (name: EventName, fields: Events[EventName]) => void;
}

/** What a command needs to look at the chain and to recompute; nothing here can sign or writes to the store. */
export interface Connection {
  readonly rpc: Rpc;
  readonly reader: ChainReader;
  readonly calls: ChainCalls;
  readonly files: Files;
  readonly confirmations: number;
}

export async function connect(config: Config, telemetry: Telemetry = createTelemetry([])): Promise<Connection> {
  const onFailover = (from: string, to: string, error: string) => telemetry.emit("chain.failover", { from, to, error });
  const rpc = new Rpc({ urls: config.network.rpcUrl, onFailover });
  const deployment = await connectDeployment(rpc, readDeployment(config.network.deployment), config.network.deployment);
  return {
    rpc,
    reader: createReader(rpc, deployment),
    calls: createCalls(deployment),
    files: createFiles({ cache: modelCache(config), timeoutMs: config.limits.downloadMs, ipfsGateways: config.sources.ipfsGateways }),
    confirmations: config.network.confirmations ?? (LOCAL_CHAINS.includes(deployment.chainId) ? 0 : 2),
  };
}

/** A version host without memory, for one command. */
export function openVersions(connection: Connection, config: Config): VersionHost {
  const telemetry = createTelemetry([]);
  const modules = { ...connection, runtime: ortRuntime, clock, telemetry, host: hostFingerprint() };
  return createVersionHost(modules, versionLimits(config));
}

/** Milliseconds for which a command goes on although the node fails; what is signed may be mined meanwhile. */
const PATIENCE = 120_000;

/** Asks until the node can answer, or a command's patience is over. */
export async function persist<T>(ask: () => Promise<T>): Promise<T> {
  const since = clock.now();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isTransient(error) || clock.now() - since > PATIENCE) throw error;
      await clock.sleep(250);
    }
  }
}

/** What a command tells of its transactions. */
export interface Progress {
  readonly done: (kind: string, entry: OutboxEntry) => void;
  /** The node fails, or does not take one, in its words; each of them once. */
  readonly trouble: (kind: string, words: string) => void;
}

/** Sends calls one after the other, each confirmed before the next; throws where one is refused. */
export async function transact(
  connection: Connection,
  wallet: Wallet,
  config: Config,
  calls: readonly { readonly kind: string; readonly call: Call }[],
  progress: Progress = { done: () => {}, trouble: () => {} },
): Promise<OutboxEntry[]> {
  const { rpc, reader } = connection;
  const outbox = createMemoryOutbox();
  const sender = createSender(rpc, reader, wallet, outbox, clock, createTelemetry([]), senderOptions(connection, config));
  const done: OutboxEntry[] = [];
  for (const [index, { kind, call }] of calls.entries()) {
    const intent = `${index}:${kind}`;
    let entry = await outbox.plan({ intent, kind, job: null, urgent: false, ...call });
    const told = new Set<string>();
    let failing: number | undefined;
    while (entry.status === "planned" || entry.status === "sent") {
      try {
        await sender.pump();
        failing = undefined;
      } catch (error) {
        if (!isTransient(error)) throw error;
        failing ??= clock.now();
        entry = (await outbox.get(intent))!;
        const isFinal = error instanceof OpgError && (error.code === "FEES_HIGH" || error.code === "NATIVE_LOW");
        if (isFinal || clock.now() - failing > PATIENCE) throw unfinished(kind, entry, error);
        if (!told.has(messageOf(error))) progress.trouble(kind, messageOf(error));
        told.add(messageOf(error));
      }
      entry = (await outbox.get(intent))!;
      if (entry.status === "planned" || entry.status === "sent") await clock.sleep(Math.min(config.network.pollMs, 250));
    }
    if (entry.status === "refused") {
      const before = done.map(({ kind: sent, hash }) => ({ kind: sent, transaction: hash }));
      const stands = before.length === 0 ? "" : `; what went before stands: ${before.map((sent) => sent.kind).join(", ")}`;
      throw refusedError("TX_REFUSED", `${kind}: ${entry.error ?? "refused"}${stands}`, { details: { sent: before } });
    }
    progress.done(kind, entry);
    // What follows is read and simulated with this transaction's effects.
    if (entry.block !== null) reader.pin(entry.block);
    done.push(entry);
  }
  return done;
}

/** The failure, and what may still be mined in spite of it. */
function unfinished(kind: string, entry: OutboxEntry, error: unknown): unknown {
  const last = entry.attempts.at(-1);
  if (!(error instanceof OpgError) || last === undefined) return error;
  return transientError(error.code, `${kind}: ${error.message}; transaction ${last.hash} is signed and may still be mined`, {
    fix: error.fix ?? `look for ${last.hash} before you do this again`,
    details: { transaction: last.hash, nonce: entry.nonce },
    cause: error,
  });
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

/** Builds the daemon out of its parts and starts it. */
export async function startDaemon(settings: DaemonSettings): Promise<RunningDaemon> {
  const { config, roles, keys, overrides = {} } = settings;
  hideSecrets(config, keys.redactor);
  const metrics = createMetrics();
  const logger = createLogger({
    level: config.log.level,
    format: settings.log.format,
    redactor: keys.redactor,
    destination: { write: settings.log.write },
  });
  const onEvent = overrides.onEvent === undefined ? [] : [overrides.onEvent];
  const waiting = createWaiting(() => clock.now());
  const telemetry = createTelemetry([logSubscriber(logger), metrics.subscriber, waiting.subscriber, ...onEvent]);
  if (roles.operator && config.api.publicUrl === undefined && /^(0\.0\.0\.0|::|\[::\])$/.test(config.api.host)) {
    throw inputError("PUBLIC_URL", `api.host is ${config.api.host}, which is no address that a challenger can ask`, {
      fix: "set api.publicUrl (or OPG_PUBLIC_URL) to the address of this machine as others see it",
    });
  }
  const wallet = await loadWallet(config.key, keys);
  const connection = await connect(config, telemetry);
  const { reader } = connection;

  const cleanup: (() => Promise<void> | void)[] = [lockDirectory(config.dataDir)];
  const undo = async () => {
    for (const step of cleanup.reverse()) await step();
  };
  try {
    const opened = await openOwnStore(settings, telemetry);
    cleanup.push(() => opened.close());
    const plainStore = overrides.wrapStore?.(opened) ?? opened;
    const storeWatch = watchStore(plainStore);
    const { store } = storeWatch;
    await claimStore(store, connection);
    const address = wallet.address.toLowerCase() as Hex;
    const party = { address, ...roles };
    const shelf = openEvidence(config.evidence.url, config.dataDir, keys.env);
    const health = shared(() => readHealth(), HEALTH_MS, () => clock.now());
    const figures = figureSources({
      ...connection,
      address,
      store,
      clock,
      health,
      oldestDueSeconds: () => daemon.progress().oldestDue,
      tasksWaiting: () => queue.depth(),
      leastNative: leastNativeOf(config),
      room: { data: () => freeBytes(config.dataDir), evidence: () => shelf.room() },
    });
    const api = await startApi(
      {
        tensor: (job, id) => shelf.read(job, id),
        model: (digest) => readPublished(modelCache(config), digest),
        metrics: async () => metrics.render(await readFigures(figures)),
        health: async () => ({ ...(await health()), waiting: waiting.list() }),
      },
      { host: config.api.host, port: config.api.port },
    );
    cleanup.push(() => api.close());

    // One thread more than runs of one version: a trace for a check or a dispute does not wait for the jobs.
    const places = config.work.places ?? Math.max(roles.operator ? config.operator.concurrency : 1, roles.watcher ? config.watcher.concurrency : 1);
    const concurrency = config.work.inHand ?? JOBS_PER_SESSION * (places === 0 ? PLACES_ELSEWHERE : places);
    const workers = createWorkerRuntime(places + 1);
    cleanup.push(() => workers.close());
    const runtime = overrides.runtime ?? workers;
    const runs = watchRuns(buildVersions(connection, config, store, telemetry, runtime, Math.max(1, places), overrides));
    const { versions } = runs;
    cleanup.push(() => versions.close());
    const context: Context = {
      ...connection,
      address,
      store,
      versions,
      clock,
      telemetry,
      shelf,
      twin: overrides.twin ?? twin,
    };
    const queue = await store.tasks({ gives: true, onTrouble: (error) => telemetry.emit("store.unreachable", { error: messageOf(error) }) });
    cleanup.push(() => queue.close());
    const working = new AbortController();
    const atOnce = JOBS_PER_SESSION * places;
    const taking = places === 0 ? Promise.resolve() : queue.take({ disputes: atOnce, jobs: atOnce }, createPerformer(createTasks(context, taskLimits(config)), store), working.signal);
    cleanup.push(async () => {
      working.abort();
      await taking;
    });
    const gasLimits = { perDay: optional(config.spending.nativePerDay), perDispute: optional(config.spending.nativePerDispute) };
    const guard = isLimited(gasLimits) && { spending: createGasGuard(store, gasLimits, clock, telemetry) };
    const options = { ...senderOptions(connection, config), ...guard };
    const sender = createSender(connection.rpc, reader, wallet, store.outbox, clock, telemetry, options);
    const { confirmations } = connection;
    const range = config.network.logRange;
    const follower = createFollower(connection.rpc, reader.deployment, narrated(store, telemetry, party), telemetry, { confirmations, range }, reader);
    const daemon = createDaemon(context, follower, sender, buildHandlers(context, tasksThrough(queue), connection, config, api.url), {
      party,
      pollMs: config.network.pollMs,
      confirmations,
      concurrency,
      keepBlocks: KEEP_BLOCKS,
    });

    const limits = {
      maxHeadAge: config.health.maxHeadAge === undefined ? (isLocal(connection) ? null : MAX_HEAD_AGE) : config.health.maxHeadAge,
      maxSilence: (10 * config.network.pollMs + 30_000) / 1_000,
    };
    async function readHealth() {
      // Not by the watched one: that this goes through says nothing of what failed.
      const ping = await within(STORE_PATIENCE_MS, plainStore.recentBlocks(1)).then(() => undefined, () => "a question");
      const { head, silence } = daemon.progress();
      const headAge = head && Date.now() / 1_000 - head.timestamp;
      const reasons = complaints({ headAge, silence, storeFault: storeWatch.fault() ?? ping, runFault: runs.fault() }, limits);
      return { ok: reasons.length === 0, reasons, block: head?.number ?? null, headAgeSeconds: headAge ?? null, lagSeconds: silence };
    }

    const names = (["operator", "watcher", "keeper"] as const).filter((role) => roles[role]).join(" ");
    telemetry.emit("daemon.started", { roles: names, address, chainId: reader.deployment.chainId, api: api.url });
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
    const ended = (settings.loop === false ? Promise.resolve() : daemon.run(stopping.signal)).then(() => {
      // INVARIANT: without its memory the daemon ends, and says so to whoever started it.
      if (lost !== undefined) throw lost;
    });
    ended.catch(() => undefined);
    let stopped: Promise<void> | undefined;
    return {
      daemon,
      store,
      context,
      api,
      address,
      ended,
      stop: (reason = "asked to") =>
        (stopped ??= (async () => {
          stopping.abort();
          queue.abandon();
          await (settings.loop === false ? daemon.idle() : ended.catch(() => undefined));
          telemetry.emit("daemon.stopped", { reason: lost === undefined ? reason : messageOf(lost) });
          await undo();
        })()),
    };
  } catch (error) {
    await undo();
    throw error;
  }
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
  const modules = { ...connection, runtime, clock, telemetry, store, host: hostFingerprint() };
  const versions = createVersionHost(modules, versionLimits(config, sessions));
  return overrides.wrapVersions?.(versions) ?? versions;
}

/** What keeps the account from its roles, as far as that can be found out now: no start fails for it. */
export async function warningsFor(connection: Connection, config: Config, address: Hex, operator: boolean, apiUrl?: string) {
  const policy = {
    operator,
    versions: config.operator.versions,
    leastNative: leastNativeOf(config),
    publicUrl: isLocal(connection) ? undefined : (config.api.publicUrl ?? apiUrl),
  };
  const standing = await within(WARNING_PATIENCE_MS, readStanding(connection.reader, address, policy)).catch(() => undefined);
  return standing === undefined ? [] : warningsOf(standing);
}

const leastNativeOf = ({ operator, network }: Config): bigint =>
  operator.leastNative === undefined ? disputeCost(gwei(network.maxDisputeFeeGwei)) : parseUnits(operator.leastNative);

const isLocal = ({ reader }: Connection): boolean => LOCAL_CHAINS.includes(reader.deployment.chainId);

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

const gwei = (amount: number): bigint => parseUnits(String(amount), "gwei");

function senderOptions({ confirmations }: Connection, config: Config) {
  return {
    confirmations,
    routine: { replaceAfterMs: REPLACE_AFTER_MS.routine, maxFeePerGas: gwei(config.network.maxFeeGwei) },
    urgent: { replaceAfterMs: REPLACE_AFTER_MS.urgent, maxFeePerGas: gwei(config.network.maxDisputeFeeGwei) },
    window: TRANSACTION_WINDOW,
  };
}

function versionLimits({ limits }: Config, sessions = 1) {
  return { maxModelBytes: limits.modelBytes, maxTraceBytes: limits.traceBytes, capacity: HELD_VERSIONS, sessions };
}

/** What a qualification depends on: the processor, the pinned runtime, and what is asked of a version. */
function hostFingerprint(): string {
  return `${process.arch} ${cpus()[0]?.model ?? "unknown"} ${ortRuntime.name} q${QUALIFICATION}`;
}

export const modelCache = (config: Config): string => join(config.dataDir, "models");

function readDeployment(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw inputError("DEPLOYMENT_UNREADABLE", `cannot read the deployment ${file}: ${reasonOf(error)}`, {
      fix: "set network.deployment (or OPG_DEPLOYMENT) to the addresses file of the network",
    });
  }
}
