import type { Hex } from "../../core/hex.ts";

/** A block; its hash tells it from others of the same number, after a reorganisation. */
export interface BlockRef {
  readonly number: number;
  readonly hash: Hex;
}

export interface ChainHead extends BlockRef {
  readonly timestamp: number;
  /** Timestamp of the earliest block that a transaction sent now can be in. */
  readonly next: number;
}

/** What a transaction does. */
export interface Call {
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
}

/** Reads the chain into the store, block by block, undoing what a reorganisation undid. */
export interface ChainFollower {
  /** Catches up with the head and returns it. */
  poll(): Promise<ChainHead>;
}

/** Works off the outbox: simulates, signs, records, sends, waits, replaces. */
export interface ChainSender {
  readonly address: Hex;
  pump(): Promise<void>;
}
