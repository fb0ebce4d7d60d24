import type { ChainEvent } from "../../core/history/types.ts";
import type { BlockRef, ChainFollower, ChainIndex, Deployment } from "../ports.ts";
import { deploymentFilter, toChainEvents } from "./deploymentLogs.ts";
import { followLogs, type FollowerOptions } from "./logFollower.ts";
import type { JsonRpc } from "./rpc.ts";
import type { Log } from "./schemas.ts";

/** Reads every event of a deployment into the index. A poll that goes through a long history ends when the signal aborts. */
export function createIndexFollower(rpc: JsonRpc, deployment: Deployment, index: ChainIndex, options: FollowerOptions, signal: AbortSignal): ChainFollower {
  const reading = {
    filter: deploymentFilter(deployment),
    startBlock: deployment.startBlock,
    toEvents: (logs: readonly Log[]) => toChainEvents(rpc, deployment, logs),
    recentBlocks: () => index.recentBlocks(),
    advance(to: BlockRef, events: readonly ChainEvent[]) {
      signal.throwIfAborted();
      return index.advance(to, events);
    },
    rewind: (block: number) => index.rewind(block),
  };
  return followLogs(rpc, reading, options);
}
