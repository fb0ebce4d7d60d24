import type { BlockRef } from "./chain.ts";

/** An event as the store keeps it: its place in the chain, its job, and its content as JSON text. */
export interface StoredEvent {
  readonly block: number;
  readonly logIndex: number;
  readonly job: string;
  readonly event: string;
  /** Whether it belongs to a dispute. */
  readonly disputed: boolean;
}

/** The part of the chain that was read. */
export interface EventLog {
  /** The newest blocks that were read, newest first. The first is the cursor. */
  recentBlocks(limit?: number): Promise<readonly BlockRef[]>;
  /** Adds the events of some consecutive blocks and moves the cursor to the last of them, all or nothing. */
  advance(to: BlockRef, events: readonly StoredEvent[]): Promise<void>;
  /** Forgets every block above `block` and the events in it; transactions confirmed there are in flight again. */
  rewind(block: number): Promise<void>;

  jobEvents(job: string): Promise<readonly StoredEvent[]>;
}
