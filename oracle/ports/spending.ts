/** The budget of an amount: OPG at risk in disputes, over hidden inputs, or over results in doubt; or native coin for gas. */
export type PurseName = "disputes" | "hidden-input" | "doubt" | "gas";

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

/** The amounts that were spent or set aside during the last days. */
export interface Spending {
  /** Sets an amount aside. If a limit would be exceeded, it sets nothing aside and names the limit. */
  reserve(expense: Expense, limits: SpendingLimits): Promise<"day" | "dispute" | undefined>;
  /** What it came to in the end. */
  settle(purse: PurseName, job: string, what: string, amount: bigint): Promise<void>;
  /** Jobs for which an amount is set aside that counts for the last day. */
  jobsOfDay(purse: PurseName, now: number): Promise<readonly string[]>;
  /** Records that everything set aside for a job has come back. */
  returned(purse: PurseName, job: string): Promise<void>;
}
