import type { HistoryIndex } from "../../core/history/historyIndex.ts";
import type { ChainEvent } from "../../core/history/types.ts";
import type { BlockRef } from "./chain.ts";

/** All events of a deployment, and what follows from them, as the store keeps it. */
export interface ChainIndex extends HistoryIndex {
  recentBlocks(): Promise<readonly BlockRef[]>;
  advance(to: BlockRef, events: readonly ChainEvent[]): Promise<void>;
  rewind(block: number): Promise<void>;
  /** Changes whenever an answer may. */
  readonly revision: () => number;
  /** Calls the listener after every change, until the function that it returns is called. */
  onChange(listener: () => void): () => void;
}
