import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { BlockRef, ChainFollower, ChainHead } from "../ports.ts";
import { logsOfBlocks, type BlockLogFilter } from "./blockLogs.ts";
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

/** What is read of the chain, and where it is kept. */
export interface LogReading<E> {
  readonly filter: BlockLogFilter;
  /** No log that counts is in an earlier block. */
  readonly startBlock: number;
  readonly toEvents: (logs: readonly Log[]) => Promise<readonly E[]> | readonly E[];
  /** The newest blocks that were read, newest first. */
  readonly recentBlocks: () => Promise<readonly BlockRef[]>;
  /** Keeps the events of some consecutive blocks, and the last of these blocks, all or nothing. */
  readonly advance: (to: BlockRef, events: readonly E[]) => Promise<void>;
  /** Forgets every block above `block` and the events in it. */
  readonly rewind: (block: number) => Promise<void>;
}

/** Who hears how far it was read. */
export interface ReadingListener {
  readonly onHead?: (block: number) => void;
  readonly onBlock?: (block: number) => void;
  readonly onRewind?: (from: number, to: number) => void;
  /** The head has been lower than before for so many rounds that this is no node's delay. */
  readonly onStale?: () => void;
}

/**
 * Reads logs up to `confirmations` below the head. The cursor is a block with its hash: when the chain no longer has that
 * block, everything above the newest block that it still has is undone and read again.
 */
export function followLogs<E>(rpc: JsonRpc, reading: LogReading<E>, options: FollowerOptions, listener: ReadingListener = {}): ChainFollower {
  const { filter } = reading;
  const logsOf = logsOfBlocks(rpc, filter);
  const beginning = Math.max(0, reading.startBlock - 1);
  /** The newest head that any node told of, on the branch that is followed. */
  let best: ChainHead | undefined;
  /** Rounds in a row in which a node told of a lower one. */
  let lower = 0;

  /** The block to go on from: the newest one read that is still part of the chain. */
  async function cursor(head: number): Promise<{ number: number; hash: Hex | undefined }> {
    const read = await reading.recentBlocks();
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
    await reading.rewind(block.number);
    best = undefined;
    listener.onRewind?.(from, block.number);
    return block;
  }

  async function keep(to: BlockRef, logs: readonly Log[]): Promise<void> {
    await reading.advance(to, await reading.toEvents(logs.filter((log) => log.removed !== true)));
  }

  /** A stretch far below the head. */
  async function readStretch(from: number, to: number): Promise<BlockRef> {
    // INVARIANT: the hash is read before the logs. If a reorganisation falls between the two, the cursor names a
    // block that is gone, and the next poll reads this stretch again.
    const { hash } = await headerOf(rpc, to);
    await keep({ number: to, hash }, await readLogs(rpc, filter, from, to));
    return { number: to, hash };
  }

  /** One block near the head, as a whole or not at all. */
  async function readBlock(number: number, parent: Hex | undefined): Promise<BlockRef> {
    const header = await headerOf(rpc, number);
    // Rationale: Hardhat's node gives blocks that it mined in one go (hardhat_mine) a parent hash that is no block's.
    if (parent !== undefined && header.parentHash !== parent && (await readHeader(rpc, number - 1))?.hash !== parent) {
      throw transientError("CHAIN_MOVED", `block ${number} of ${rpc.name} does not follow the one read before it`);
    }
    await keep({ number, hash: header.hash }, await logsOf(header));
    return { number, hash: header.hash };
  }

  return {
    async poll(): Promise<ChainHead> {
      const told = await readHead(rpc);
      let position = await cursor(told.number);
      lower = best !== undefined && told.number < best.number ? lower + 1 : 0;
      if (lower >= LOWER_ROUNDS) listener.onStale?.();
      if (best === undefined || lower === 0 || lower >= LOWER_ROUNDS) best = told;
      listener.onHead?.(best.number);
      const last = told.number - options.confirmations;
      while (position.number < last) {
        const deep = last - NEAR - position.number;
        position =
          deep > 0
            ? await readStretch(position.number + 1, position.number + Math.min(options.range, deep))
            : await readBlock(position.number + 1, position.hash);
        listener.onBlock?.(position.number);
      }
      return best;
    },
  };
}

async function headerOf(rpc: JsonRpc, number: number): Promise<Header> {
  const header = await rpc.agreed("eth_getBlockByNumber", [quantity(number), false], schema.header.nullable());
  if (header === null) throw transientError("RPC_BEHIND", `${rpc.name} has not got block ${number}`);
  return header;
}
