import { transientError } from "../../core/errors.ts";
import { DeploymentEvents } from "../../core/history/events.ts";
import type { ChainEvent } from "../../core/history/types.ts";
import type { Deployment, Hex } from "../ports.ts";
import type { BlockLogFilter } from "./blockLogs.ts";
import { readHeader } from "./blocks.ts";
import { gameInterface, jobsInterface, modelsInterface, stakesInterface } from "./contracts.ts";
import type { JsonRpc } from "./rpc.ts";
import type { Log } from "./schemas.ts";

const EVENTS = new DeploymentEvents({ jobs: jobsInterface, game: gameInterface, stakes: stakesInterface, models: modelsInterface });

/** Headers asked for at once. */
const HEADERS_AT_ONCE = 16;

/** Asks for every event of a deployment that is about a job, an operator, a model or a version. */
export const deploymentFilter = (deployment: Deployment): BlockLogFilter => ({ address: EVENTS.addresses(deployment), topics: [EVENTS.topics] });

/** The events that logs tell of, with the times of their blocks. */
export async function toChainEvents(rpc: JsonRpc, deployment: Deployment, logs: readonly Log[]): Promise<ChainEvent[]> {
  const decoded = logs.map((log) => ({ log, event: EVENTS.decode(deployment, log) })).filter(({ event }) => event !== undefined);
  const times = await timesOf(rpc, new Map(decoded.map(({ log }) => [log.blockNumber, log.blockHash])));
  return decoded.map(({ log, event }) => ({
    block: log.blockNumber,
    logIndex: log.logIndex,
    time: times.get(log.blockNumber)!,
    transaction: log.transactionHash,
    ...event!,
  }));
}

/** @returns block → Unix seconds */
async function timesOf(rpc: JsonRpc, blocks: ReadonlyMap<number, Hex>): Promise<Map<number, number>> {
  const wanted = [...blocks];
  const times = new Map<number, number>();
  for (let start = 0; start < wanted.length; start += HEADERS_AT_ONCE) {
    await Promise.all(
      wanted.slice(start, start + HEADERS_AT_ONCE).map(async ([number, hash]) => {
        const header = await readHeader(rpc, number);
        if (header?.hash !== hash) throw transientError("CHAIN_MOVED", `block ${number} of ${rpc.name} is not the one that its logs are of`);
        times.set(number, header.timestamp);
      }),
    );
  }
  return times;
}
