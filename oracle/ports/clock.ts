export interface Clock {
  /** Milliseconds, for measuring and waiting. Never for a deadline: the chain's clock decides those. */
  now(): number;
  /** Resolves early, without throwing, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
