import type { Hex } from "../../core/hex.ts";
import type { Log } from "./port.ts";

/** A log of a mined transaction as a node gives it, or a library after it. */
export interface MinedLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string | number | bigint | null;
  readonly blockHash: string | null;
  /** In seconds; only newer nodes tell it. */
  readonly blockTimestamp?: string | bigint | null | undefined;
  readonly logIndex: string | number | null;
  readonly transactionHash: string | null;
}

export const lower = (hex: string): Hex => hex.toLowerCase() as Hex;
export const quantity = (block: number): Hex => `0x${block.toString(16)}`;

export const logOf = ({ address, topics, data, blockNumber, blockHash, blockTimestamp, logIndex, transactionHash }: MinedLog): Log => ({
  address: lower(address),
  topics: topics.map(lower),
  data: lower(data),
  block: Number(blockNumber),
  blockHash: lower(blockHash!),
  ...((blockTimestamp ?? undefined) !== undefined && { timestamp: Number(blockTimestamp) }),
  index: Number(logIndex),
  transaction: lower(transactionHash!),
});
