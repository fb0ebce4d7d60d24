/** What a command has of the world: the chain, published files, and a way to send. main.ts builds the daemon on top of it. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseUnits } from "ethers";
import type { Wallet } from "ethers";
import type { ExplorerDevnet, ExplorerSettings } from "./api/explorer/config.ts";
import { explorerFolder } from "./api/explorer/files.ts";
import { createCalls } from "./chain/calls.ts";
import { connectDeployment } from "./chain/deployments.ts";
import { createReader } from "./chain/reader.ts";
import { Rpc } from "./chain/rpc.ts";
import { createSender } from "./chain/sender.ts";
import type { Config } from "./config/schema.ts";
import { isDevelopmentChain } from "../core/developmentChain.ts";
import { inputError, isTransient, messageOf, OpgError, refusedError, transientError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { disputeCost, warningsOf } from "../core/jobs/readiness.ts";
import { QUALIFICATION } from "../core/compile/objections.ts";
import { reasonOf } from "../core/systemErrors.ts";
import type { Call, ChainCalls, ChainReader, Clock, Files, OutboxEntry, Telemetry } from "./ports.ts";
import { readStanding } from "./roles/standing.ts";
import { createVersionHost } from "./host/versions.ts";
import type { VersionHost } from "./host/versions.ts";
import { foreignRuntime } from "./runtime/processRuntime.ts";
import { RUNTIME_NAME } from "./runtime/runtimeName.ts";
import { createFiles } from "./store/files.ts";
import { createMemoryOutbox } from "./store/memoryOutbox.ts";
import { within } from "./telemetry/shared.ts";
import { createTelemetry } from "./telemetry/telemetry.ts";

const REPLACE_AFTER_MS = { routine: 45_000, urgent: 12_000 };
const TRANSACTION_WINDOW = 64;
const HELD_VERSIONS = 8;
const WARNING_PATIENCE_MS = 10_000;

export const clock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal && { signal }).catch(() => undefined);
  },
};

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
    confirmations: config.network.confirmations ?? (isDevelopmentChain(deployment.chainId) ? 0 : 2),
  };
}

/** What the explorer is told of the network, if the configuration names a node for it. */
export function explorerSettings({ api, network }: Config, devnet?: ExplorerDevnet): ExplorerSettings | undefined {
  const { explorerRpcUrl: rpcUrl, explorerName: name, index: hasIndex } = api;
  if (rpcUrl === undefined) return undefined;
  return { folder: explorerFolder(), name, rpcUrl, hasIndex, deployment: readDeployment(network.deployment), devnet };
}

/** A version host without memory, for one command. */
export function openVersions(connection: Connection, config: Config): VersionHost {
  const telemetry = createTelemetry([]);
  const modules = { ...connection, runtime: foreignRuntime, clock, telemetry, host: hostFingerprint() };
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

export const leastNativeOf = ({ operator, network }: Config): bigint =>
  operator.leastNative === undefined ? disputeCost(gwei(network.maxDisputeFeeGwei)) : parseUnits(operator.leastNative);

export const isLocal = ({ reader }: Connection): boolean => isDevelopmentChain(reader.deployment.chainId);

const gwei = (amount: number): bigint => parseUnits(String(amount), "gwei");

export function senderOptions({ confirmations }: Connection, config: Config) {
  return {
    confirmations,
    routine: { replaceAfterMs: REPLACE_AFTER_MS.routine, maxFeePerGas: gwei(config.network.maxFeeGwei) },
    urgent: { replaceAfterMs: REPLACE_AFTER_MS.urgent, maxFeePerGas: gwei(config.network.maxDisputeFeeGwei) },
    window: TRANSACTION_WINDOW,
  };
}

export function versionLimits({ limits, work }: Config, sessions = 1) {
  const threads = work.threads ?? Math.max(1, Math.floor(availableParallelism() / sessions));
  return { maxModelBytes: limits.modelBytes, maxTraceBytes: limits.traceBytes, capacity: HELD_VERSIONS, sessions, threads };
}

/** What a qualification depends on: the processor, the pinned runtime, and what is asked of a version. */
export function hostFingerprint(): string {
  return `${process.arch} ${cpus()[0]?.model ?? "unknown"} ${RUNTIME_NAME} q${QUALIFICATION}`;
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
