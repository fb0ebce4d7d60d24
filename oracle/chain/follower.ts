import type { BlockRef, ChainFollower, ChainReader, Deployment, Store, StoredEvent, Telemetry } from "../ports.ts";
import { followLogs, type FollowerOptions } from "./logFollower.ts";
import { toStoredEvent, JOB_TOPICS } from "./logs.ts";
import type { JsonRpc } from "./rpc.ts";
import type { Log } from "./schemas.ts";

/** Reads job events into the store, and tells the reader up to which block the chain is known. */
export function createFollower(
  rpc: JsonRpc,
  deployment: Deployment,
  store: Store,
  telemetry: Telemetry,
  options: FollowerOptions,
  reader?: Pick<ChainReader, "pin" | "unpin">,
): ChainFollower {
  const reading = {
    filter: { address: [deployment.jobs, deployment.game], topics: [JOB_TOPICS] as const },
    startBlock: deployment.startBlock,
    toEvents: (logs: readonly Log[]) => logs.map((log) => toStoredEvent(deployment, log)).filter((event): event is StoredEvent => event !== undefined),
    recentBlocks: () => store.recentBlocks(),
    advance: (to: BlockRef, events: readonly StoredEvent[]) => store.advance(to, events),
    rewind: (block: number) => store.rewind(block),
  };
  return followLogs(rpc, reading, options, {
    onHead: (block) => reader?.pin(block),
    onBlock: (number) => telemetry.emit("chain.block", { number }),
    onRewind(from, to) {
      reader?.unpin();
      telemetry.emit("chain.reorg", { from, to });
    },
    onStale: () => reader?.unpin(),
  });
}
