import type { JobStatus } from "../../../core/jobs/job.ts";

type Manner = "open" | "good" | "bad" | "over";

const MANNERS: Readonly<Record<JobStatus, readonly [manner: Manner, words: string]>> = {
  None: ["over", "unknown"],
  Requested: ["open", "requested"],
  Accepted: ["open", "accepted"],
  Submitted: ["open", "submitted"],
  Challenged: ["bad", "challenged"],
  Upheld: ["open", "upheld"],
  Final: ["good", "final"],
  FinalUndelivered: ["good", "final, undelivered"],
  Cancelled: ["over", "cancelled"],
  Refunded: ["over", "refunded"],
  Convicted: ["bad", "convicted"],
};

/** Where a status stands among all, in the order in which a job may come to them. */
export const placeOf = (status: JobStatus): number => Object.keys(MANNERS).indexOf(status);

/** A status in words. */
export const wordsOf = (status: JobStatus): string => MANNERS[status][1];

export function Status({ of }: { readonly of: JobStatus }) {
  const [manner, words] = MANNERS[of];
  return <span className={`badge ${manner}`}>{words}</span>;
}
