import { setMaxListeners } from "node:events";
import { parseUnits } from "ethers";
import { startApi } from "./api/server.ts";
import type { ApiServer } from "./api/server.ts";
import { createFollower } from "./chain/follower.ts";
import { createSender } from "./chain/sender.ts";
import { clock, connect, hostFingerprint, isLocal, leastNativeOf, modelCache, senderOptions, versionLimits, warningsFor } from "./connect.ts";
import type { Connection } from "./connect.ts";
import { hideSecrets } from "./config/load.ts";
import { loadWallet } from "./config/keys.ts";
import type { KeySources } from "./config/keys.ts";
import type { Config } from "./config/schema.ts";
import { inputError, messageOf, OpgError } from "./core/errors.ts";
import type { EventName, Events } from "./core/events.ts";
import type { Hex } from "./core/hex.ts";
import { complaints } from "./core/health.ts";
import type { Party } from "./core/jobs/lifecycle.ts";
import { twin } from "./core/operators/index.ts";
import type { OpTwin } from "./core/operators/twin.ts";
import type { Runtime, Store, Telemetry } from "./ports.ts";
import type { Context } from "./roles/context.ts";
import { createDaemon, JOBS_PER_SESSION } from "./roles/daemon.ts";
import type { Daemon } from "./roles/daemon.ts";
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
    const taking = places === 0 ? Promise.resolve() : queue.take({ disputes: atOnce, jobs: atOnce }, createPerformer(createTasks(context, taskLimits(config))), working.signal);
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
