export interface Clock {
  /** Milliseconds, for measuring and waiting; never for a deadline, which the chain's clock decides. */
  now(): number;
  /** Resolves early, without throwing, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
