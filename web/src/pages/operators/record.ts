import type { Tally } from "../../../../core/history/types.ts";
import type { JobStatus } from "../../../../core/jobs/job.ts";

export interface Counts {
  /** Jobs whose result is final. */
  readonly final: number;
  /** Jobs that nothing has decided yet. */
  readonly open: number;
  readonly convicted: number;
  /** Jobs that nobody served. */
  readonly unserved: number;
  /** Fees of the final ones, in base units of OPG. */
  readonly earned: bigint;
}

const GROUPS: Readonly<Record<JobStatus, Exclude<keyof Counts, "earned"> | undefined>> = {
  None: undefined,
  Requested: "open",
  Accepted: "open",
  Submitted: "open",
  Challenged: "open",
  Upheld: "open",
  Final: "final",
  FinalUndelivered: "final",
  Cancelled: "unserved",
  Refunded: "unserved",
  Convicted: "convicted",
};

/** A record in four numbers, and the fees of the jobs that were served to the end, the publisher's part included. */
export function countsIn(record: readonly Tally[]): Counts {
  const counts = { final: 0, open: 0, convicted: 0, unserved: 0, earned: 0n };
  for (const { status, jobs, fees } of record) {
    const group = GROUPS[status];
    if (group === undefined) continue;
    counts[group] += jobs;
    if (group === "final") counts.earned += BigInt(fees);
  }
  return counts;
}
