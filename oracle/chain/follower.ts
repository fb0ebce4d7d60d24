import { transientError } from "../core/errors.ts";
import type { BlockRef, ChainFollower, ChainHead, Deployment, Store, StoredEvent, Telemetry } from "../ports.ts";
import { toStoredEvent, JOB_TOPICS } from "./logs.ts";
import { readHead, readHeader, readLogs } from "./reader.ts";
import type { JsonRpc } from "./rpc.ts";

export interface FollowerOptions {
  readonly confirmations: number;
  /** Blocks asked for at once. */
  readonly range: number;
}

/**
 * Reads job events into the store up to `confirmations` below the head. The cursor is a block with its hash: when the
 * chain no longer has that block, everything above the newest block that it still has is undone and read again.
 */
export function createFollower(
  rpc: JsonRpc,
  deployment: Deployment,
  store: Store,
  telemetry: Telemetry,
  options: FollowerOptions,
): ChainFollower {
  const filter = { address: [deployment.jobs, deployment.game], topics: [JOB_TOPICS] };
  const beginning = Math.max(0, deployment.startBlock - 1);

  /** The block to go on from: the newest one read that is still part of the chain. */
  async function cursor(): Promise<number> {
    const [newest] = await store.recentBlocks(1);
    if (newest !== undefined && (await stillThere(newest))) return newest.number;
    const read = await store.recentBlocks();
    for (const [age, block] of read.entries()) {
      if (!(await stillThere(block))) continue;
      if (age > 0) await undo(read[0].number, block.number);
      return block.number;
    }
    if (read.length > 0) await undo(read[0].number, beginning);
    return beginning;
  }

  async function stillThere(block: BlockRef): Promise<boolean> {
    return (await readHeader(rpc, block.number))?.hash === block.hash;
  }

  async function undo(from: number, to: number): Promise<void> {
    await store.rewind(to);
    telemetry.emit("chain.reorg", { from, to });
  }

  return {
    async poll(): Promise<ChainHead> {
      const head = await readHead(rpc);
      const last = head.number - options.confirmations;
      let position = await cursor();
      while (position < last) {
        const to = Math.min(position + options.range, last);
        // INVARIANT: the hash is read before the logs. If a reorganisation falls between the two, the cursor names a
        // block that is gone, and the next poll reads this stretch again.
        const end = await readHeader(rpc, to);
        if (end === null) throw transientError("CHAIN_BEHIND", `${rpc.name} no longer has block ${to}`);
        const logs = await readLogs(rpc, filter, position + 1, to);
        const events = logs
          .filter((log) => log.removed !== true)
          .map((log) => toStoredEvent(deployment, log))
          .filter((event): event is StoredEvent => event !== undefined);
        await store.advance({ number: to, hash: end.hash }, events);
        telemetry.emit("chain.block", { number: to });
        position = to;
      }
      return head;
    },
  };
}
