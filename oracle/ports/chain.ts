import type { Hex } from "../../core/hex.ts";

/** A block. Its hash distinguishes it from others with the same number after a reorganisation. */
export interface BlockRef {
  readonly number: number;
  readonly hash: Hex;
}

export interface ChainHead extends BlockRef {
  readonly timestamp: number;
  /** Timestamp of the earliest block that can contain a transaction sent now. */
  readonly next: number;
}

/** The purpose of a transaction. */
export interface Call {
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
}

/** Reads the chain into the store, block by block, and undoes what a reorganisation undid. */
export interface ChainFollower {
  /** Catches up with the head and returns it. */
  poll(): Promise<ChainHead>;
}

/** Works off the outbox: simulates, signs, records, sends, waits, replaces. */
export interface ChainSender {
  readonly address: Hex;
  pump(): Promise<void>;
}
