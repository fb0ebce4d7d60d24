import type { Answers } from "../../core/history/answers.ts";
import type { IndexedEvent, Subject } from "../../core/history/types.ts";

/** What is told, and of what. */
export interface SubscribeOptions {
  /** Tells only of this, and of reorganisations. */
  readonly subject?: Subject;
  /** Hears of everything that keeps the events away; they are asked for again by themselves. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Everything that happened in a deployment, as its events tell it. Every answer throws an OpgError. Where the history is read from is a
 * matter of how quick it is and whom one has to trust; what it says is the same.
 */
export interface History extends Answers {
  /**
   * Calls back at every new event until the returned function is called. After a `Reorganised` all events are undone that were told
   * before of blocks above its own: a caller that keeps a state asks for it anew.
   */
  subscribe(listener: (event: IndexedEvent) => void, options?: SubscribeOptions): () => void;
}
