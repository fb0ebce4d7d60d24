import type { IndexedJob } from "./types.ts";

/** The subject that all jobs count for. */
export const ALL_JOBS = "";

/** Jobs of a status, and their fees together, that a subject has got or lost. */
export interface TallyChange {
  readonly subject: string;
  readonly status: string;
  readonly jobs: number;
  readonly fees: string;
}

/** What the tallies change by when these jobs are no longer as they were before. */
export function tallyChanges(before: readonly IndexedJob[], after: readonly IndexedJob[]): TallyChange[] {
  const changes = new Map<string, { subject: string; status: string; jobs: number; fees: bigint }>();
  const count = (job: IndexedJob, sign: 1 | -1): void => {
    for (const subject of subjectsOf(job)) {
      const key = `${subject} ${job.status}`;
      const change = changes.get(key) ?? { subject, status: job.status, jobs: 0, fees: 0n };
      change.jobs += sign;
      change.fees += BigInt(sign) * BigInt(job.fee);
      changes.set(key, change);
    }
  };
  for (const job of before) count(job, -1);
  for (const job of after) count(job, 1);
  const real = [...changes.values()].filter(({ jobs, fees }) => jobs !== 0 || fees !== 0n);
  return real.map((change) => ({ ...change, fees: String(change.fees) }));
}

function subjectsOf({ version, model, operator }: IndexedJob): string[] {
  const of = (kind: string, id: string | null) => (id === null ? [] : [`${kind}:${id}`]);
  return [ALL_JOBS, ...of("version", version), ...of("model", model), ...of("operator", operator)];
}
