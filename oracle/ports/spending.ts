/** What an amount is taken from: OPG at risk in disputes, that at risk over hidden inputs, native coin for gas. */
export type PurseName = "disputes" | "hidden-input" | "gas";

/** An amount that is set aside, once for each job and purpose. */
export interface Expense {
  readonly purse: PurseName;
  readonly job: string;
  readonly what: string;
  readonly amount: bigint;
  /** In seconds. */
  readonly at: number;
}

/** Undefined for no limit. */
export interface SpendingLimits {
  readonly perDay?: bigint | undefined;
  readonly perDispute?: bigint | undefined;
}

/** What was spent, and what is set aside to be, over the last days. */
export interface Spending {
  /** Sets an amount aside; where a limit does not hold it, nothing is, and the limit is named. */
  reserve(expense: Expense, limits: SpendingLimits): Promise<"day" | "dispute" | undefined>;
  /** What it came to in the end. */
  settle(purse: PurseName, job: string, what: string, amount: bigint): Promise<void>;
  /** Jobs for which something is set aside that the last day counts. */
  jobsOfDay(purse: PurseName, now: number): Promise<readonly string[]>;
  /** All that was set aside for a job has come back. */
  returned(purse: PurseName, job: string): Promise<void>;
}
