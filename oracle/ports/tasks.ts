/** Work on a job, as a worker gets it. */
export interface Task {
  /** It belongs to a dispute, so it must not wait behind other jobs. */
  readonly disputed: boolean;
  /** What is to be done, for whoever does it. */
  readonly work: string;
}

/** Hands tasks from the deciding process to those that compute, and their results back. */
export interface TaskQueue {
  /** The worker's result. Fails with a transient error if no worker did the task. */
  give(task: Task): Promise<string>;
  /** Works on so many tasks at once until the signal aborts; then finishes those in hand. */
  take(places: { readonly disputes: number; readonly jobs: number }, perform: (task: Task) => Promise<string>, signal: AbortSignal): Promise<void>;
  /** The number of tasks that were given and are not done yet. */
  depth(): number;
  /** Stops waiting for tasks that others may do. Tasks that this process has in hand go on. */
  abandon(): void;
  close(): Promise<void>;
}
