/** Work on a job, as it is handed to a worker. */
export interface Task {
  /** It answers a challenge, or makes one good: not to wait behind jobs. */
  readonly disputed: boolean;
  /** What is to be done, for whoever does it. */
  readonly work: string;
}

/** Hands tasks from the process that decides to those that compute, and what became of them back. */
export interface TaskQueue {
  /** What the worker made of it. Fails with a transient error where none did. */
  give(task: Task): Promise<string>;
  /** Works on so many tasks at once, until the signal aborts; then finishes what is in hand. */
  take(places: { readonly disputes: number; readonly jobs: number }, perform: (task: Task) => Promise<string>, signal: AbortSignal): Promise<void>;
  /** Tasks that were given and not done yet. */
  depth(): number;
  /** Waits no longer for tasks that others may do; those that this process has in hand go on. */
  abandon(): void;
  close(): Promise<void>;
}
