/** The times at which jobs are to be looked at. */
export interface JobQueue {
  /** Jobs to look at now, disputed or not, most overdue and then oldest first, with the block of their last event. */
  dueJobs(now: number, limit: number, disputed: boolean): Promise<readonly { readonly id: string; readonly lastBlock: number }[]>;
  /**
   * Says when to look at a job again (null: not before an event), and whether it is done. Without effect if an event
   * came in since `lastBlock`.
   */
  schedule(job: string, lastBlock: number, due: number | null, done: boolean): Promise<void>;
  /** Jobs that are or were in dispute and are not done, oldest first. */
  disputes(): Promise<readonly string[]>;
  /** Makes every unfinished job due. After a start anything may have changed. */
  wake(): Promise<void>;
  /** Deletes everything about finished jobs whose last event is older than `block`. Returns the number of these jobs. */
  forget(block: number): Promise<number>;
}
