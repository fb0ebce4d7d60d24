import { hideSecrets } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { inputError, isTransient, messageOf, OpgError } from "../core/errors.ts";
import type { EventName, Events } from "../core/events.ts";
import { displayUrl, type Redactor } from "../core/secrets.ts";
import { twin } from "../core/operators/index.ts";
import { clock, connect, type Connection } from "./connect.ts";
import { buildVersions, taskLimits, type Overrides } from "./main.ts";
import type { Store, Task, TaskQueue, Telemetry } from "./ports.ts";
import { JOBS_PER_SESSION } from "./roles/daemon.ts";
import { decodeTask } from "./roles/taskCodec.ts";
import { createPerformer } from "./roles/taskExchange.ts";
import { createTasks } from "./roles/tasks.ts";
import { createCommitter } from "./runtime/committing.ts";
import { createWorkerRuntime } from "./runtime/workers.ts";
import { openEvidence } from "./store/evidence.ts";
import { openStore } from "./store/store.ts";
import { createLogger, logSubscriber } from "./telemetry/logger.ts";
import { createTelemetry } from "./telemetry/telemetry.ts";

/** Until what a worker waits for is looked for again. */
const AGAIN_MS = 1_000;

export interface WorkerSettings {
  readonly config: Config;
  readonly redactor: Redactor;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: { readonly format: "json" | "text"; readonly write: (line: string) => void };
  /** Ends the worker: it takes nothing more and finishes what it has in hand. */
  readonly signal: AbortSignal;
  readonly overrides?: Pick<Overrides, "runtime" | "twin" | "wrapVersions"> & {
    readonly onEvent?: (name: EventName, fields: Events[EventName]) => void;
  };
}

/**
 * Computes for a daemon that shares its PostgreSQL server: runs models, recomputes results, searches opened traces. It
 * holds no key and plans no transaction; any number of them may work beside each other, and any of them may be lost.
 */
export async function runWorker({ config, redactor, env, log, signal, overrides = {} }: WorkerSettings): Promise<void> {
  hideSecrets(config, redactor);
  const { url } = config.store;
  if (url === undefined) {
    throw inputError("WORKER_STORE", "a worker shares a PostgreSQL server with its daemon, and store.url names none", {
      fix: "set store.url (or OPG_STORE_URL) to the server that opg run uses; a daemon on the embedded store does its own work",
    });
  }
  // INVARIANT: what is computed here to answer a challenge is served by the daemon.
  if (config.evidence.url === undefined) {
    throw inputError("WORKER_EVIDENCE", "a worker and its daemon share the evidence, and evidence.url does not say where", {
      fix: "set evidence.url (or OPG_EVIDENCE_URL) of both to s3://BUCKET/PREFIX, or to file:///FOLDER that all hosts share",
    });
  }
  const logger = createLogger({ level: config.log.level, format: log.format, redactor, destination: { write: log.write } });
  const telemetry = createTelemetry([logSubscriber(logger), ...(overrides.onEvent === undefined ? [] : [overrides.onEvent])]);
  const places = config.work.places ?? Math.max(config.operator.concurrency, config.watcher.concurrency);
  if (places === 0) throw inputError("WORKER_PLACES", "work.places is 0, so that this worker would do nothing", { fix: "set work.places to at least 1" });

  const connection = await patiently(() => connect(config, telemetry), telemetry, signal);
  const store = connection && (await patiently(() => joinStore(url, connection), telemetry, signal));
  if (connection === undefined || store === undefined) return;
  const runtime = overrides.runtime ?? createWorkerRuntime(places + 1);
  const versions = buildVersions(connection, config, store, telemetry, runtime, places, overrides);
  const committer = createCommitter();
  const onTrouble = (error: unknown) => telemetry.emit("store.unreachable", { error: messageOf(error) });
  let queue: TaskQueue | undefined;
  const lost = new AbortController();
  store.onLost((error) => {
    telemetry.emit("store.lost", { error: messageOf(error) });
    lost.abort(error);
  });
  try {
    queue = await patiently(() => store.tasks({ gives: false, onTrouble }), telemetry, signal);
    if (queue === undefined) return;
    const context = { ...connection, versions, committer, clock, telemetry, shelf: openEvidence(config.evidence.url, config.dataDir, env), twin: overrides.twin ?? twin };
    const perform = createPerformer(createTasks(context, taskLimits(config)));
    const atOnce = JOBS_PER_SESSION * places;
    telemetry.emit("worker.started", { places, chainId: connection.reader.deployment.chainId, store: displayUrl(url) });
    await queue.take({ disputes: atOnce, jobs: atOnce }, told(perform, telemetry), AbortSignal.any([signal, lost.signal]));
    telemetry.emit("worker.stopped", { reason: lost.signal.aborted ? messageOf(lost.signal.reason) : "asked to" });
    lost.signal.throwIfAborted();
  } finally {
    await queue?.close();
    await versions.close();
    await committer.close();
    if (overrides.runtime === undefined) await (runtime as ReturnType<typeof createWorkerRuntime>).close();
    await store.close();
  }
}

async function joinStore(url: string, { reader }: Connection): Promise<Store> {
  const store = await openStore({ url, shares: true });
  try {
    const { chainId, jobs } = reader.deployment;
    await store.claim({ chainId, genesis: await reader.blockHash(0), deployment: jobs });
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Waits for what is not there yet, such as the daemon's store; undefined where it is told to end meanwhile. */
async function patiently<T>(work: () => Promise<T>, telemetry: Telemetry, signal: AbortSignal): Promise<T | undefined> {
  for (let last = ""; !signal.aborted; ) {
    try {
      return await work();
    } catch (error) {
      const mayPass = isTransient(error) || (error instanceof OpgError && error.code === "STORE_UNREACHABLE");
      if (!mayPass) throw error;
      const reason = messageOf(error);
      if (reason !== last) telemetry.emit("worker.waiting", { for: reason });
      last = reason;
      await clock.sleep(AGAIN_MS, signal);
    }
  }
  return undefined;
}

/** Says of every task what became of it. */
function told(perform: (task: Task) => Promise<string>, telemetry: Telemetry): (task: Task) => Promise<string> {
  return async (task) => {
    const started = clock.now();
    const outcome = await perform(task);
    const { kind, job } = decodeTask(task.work);
    const failed = (JSON.parse(outcome) as { failed?: { message?: string } }).failed;
    if (failed === undefined) telemetry.emit("task.done", { task: kind, job, ms: Math.round(clock.now() - started) });
    else telemetry.emit("task.failed", { task: kind, job, error: failed.message ?? "the model cannot be taken" });
    return outcome;
  };
}
