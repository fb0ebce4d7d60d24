import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { BlockRef, ChainFollower, ChainHead, ChainReader, Deployment, Store, StoredEvent, Telemetry } from "../ports.ts";
import { logsOfBlocks, type BlockLogFilter } from "./blockLogs.ts";
import { toStoredEvent, JOB_TOPICS } from "./logs.ts";
import { quantity, readHead, readHeader, readLogs } from "./blocks.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import type { Header, Log } from "./schemas.ts";

export interface FollowerOptions {
  readonly confirmations: number;
  /** Blocks asked for at once. */
  readonly range: number;
}

/**
 * Blocks below the newest one that are read one by one, with proof that nothing is missing. What lies deeper is read in
 * stretches: a node that is behind by this much has left the chain.
 */
const NEAR = 64;
/** Rounds after which a head that is lower than before is taken for what it says. */
const LOWER_ROUNDS = 30;

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
  reader?: Pick<ChainReader, "pin" | "unpin">,
): ChainFollower {
  const filter: BlockLogFilter = { address: [deployment.jobs, deployment.game], topics: [JOB_TOPICS] };
  const logsOf = logsOfBlocks(rpc, filter);
  const beginning = Math.max(0, deployment.startBlock - 1);
  /** The newest head that any node told of, on the branch that is followed. */
  let best: ChainHead | undefined;
  /** Rounds in a row in which a node told of a lower one. */
  let lower = 0;

  /** The block to go on from: the newest one read that is still part of the chain. */
  async function cursor(head: number): Promise<{ number: number; hash: Hex | undefined }> {
    const read = await store.recentBlocks();
    if (read.length === 0) return { number: beginning, hash: undefined };
    let gone = false;
    for (const block of read) {
      const there = block.number > head ? null : await readHeader(rpc, block.number);
      // Rationale: that a node has no such block shows that it is behind; only another block in its place shows that it is gone.
      if (there === null) continue;
      if (there.hash === block.hash) return gone ? undo(read[0].number, block) : read[0];
      gone = true;
    }
    return gone ? undo(read[0].number, { number: beginning, hash: undefined }) : read[0];
  }

  async function undo<B extends { number: number; hash: Hex | undefined }>(from: number, block: B): Promise<B> {
    await store.rewind(block.number);
    best = undefined;
    reader?.unpin();
    telemetry.emit("chain.reorg", { from, to: block.number });
    return block;
  }

  /** A stretch far below the head. */
  async function readStretch(from: number, to: number): Promise<BlockRef> {
    // INVARIANT: the hash is read before the logs. If a reorganisation falls between the two, the cursor names a
    // block that is gone, and the next poll reads this stretch again.
    const { hash } = await headerOf(rpc, to);
    await store.advance({ number: to, hash }, toEvents(deployment, await readLogs(rpc, filter, from, to)));
    return { number: to, hash };
  }

  /** One block near the head, as a whole or not at all. */
  async function readBlock(number: number, parent: Hex | undefined): Promise<BlockRef> {
    const header = await headerOf(rpc, number);
    // Rationale: Hardhat's node gives blocks that it mined in one go (hardhat_mine) a parent hash that is no block's.
    if (parent !== undefined && header.parentHash !== parent && (await readHeader(rpc, number - 1))?.hash !== parent) {
      throw transientError("CHAIN_MOVED", `block ${number} of ${rpc.name} does not follow the one read before it`);
    }
    await store.advance({ number, hash: header.hash }, toEvents(deployment, await logsOf(header)));
    return { number, hash: header.hash };
  }

  return {
    async poll(): Promise<ChainHead> {
      const told = await readHead(rpc);
      let position = await cursor(told.number);
      lower = best !== undefined && told.number < best.number ? lower + 1 : 0;
      if (lower >= LOWER_ROUNDS) reader?.unpin();
      if (best === undefined || lower === 0 || lower >= LOWER_ROUNDS) best = told;
      reader?.pin(best.number);
      const last = told.number - options.confirmations;
      while (position.number < last) {
        const deep = last - NEAR - position.number;
        position =
          deep > 0
            ? await readStretch(position.number + 1, position.number + Math.min(options.range, deep))
            : await readBlock(position.number + 1, position.hash);
        telemetry.emit("chain.block", { number: position.number });
      }
      return best;
    },
  };
}

function toEvents(deployment: Deployment, logs: readonly Log[]): StoredEvent[] {
  return logs
    .filter((log) => log.removed !== true)
    .map((log) => toStoredEvent(deployment, log))
    .filter((event): event is StoredEvent => event !== undefined);
}

async function headerOf(rpc: JsonRpc, number: number): Promise<Header> {
  const header = await rpc.agreed("eth_getBlockByNumber", [quantity(number), false], schema.header.nullable());
  if (header === null) throw transientError("RPC_BEHIND", `${rpc.name} has not got block ${number}`);
  return header;
}
