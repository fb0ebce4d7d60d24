import type { Content, IndexedEvent, JobDetail } from "../../../../core/history/types.ts";
import type { Hex } from "../../../../core/hex.ts";
import type { JobEvent, JobEventType } from "../../../../core/jobs/events.ts";
import { REWARD_PARTS } from "../../../../core/jobs/job.ts";
import { foldJob, type JobState } from "../../../../core/jobs/state.ts";
import type { History } from "../../../../sdk/history/history.ts";

/** A job with everything that happened to it. */
export interface JobRecord {
  readonly job: JobDetail;
  readonly events: readonly IndexedEvent[];
  /** Whether there are more events than are read. */
  readonly isCut: boolean;
  /** What the events make of it; undefined where its request is not among them. */
  readonly state: JobState | undefined;
}

/** Pages of events that are read at most: a dispute in which somebody demands parts without end has no end either. */
const MOST_PAGES = 10;
const PAGE = 200;

/** Fields that the state of a job takes whole, however long they are. */
const TAKEN_WHOLE = ["items"];

/** Reads a job and its events. */
export async function readJob(history: History, id: string): Promise<JobRecord | undefined> {
  const job = await history.job(id);
  if (job === undefined) return undefined;
  const events = [...job.events.items];
  let { next } = job.events;
  for (let page = 1; next !== null && page < MOST_PAGES; page++) {
    const more = await history.events({ subject: `job:${id}` }, { limit: PAGE, cursor: next });
    events.push(...more.items);
    next = more.next;
  }
  const whole = await Promise.all(
    events.map(async (event) => (event.omitted.some((field) => TAKEN_WHOLE.includes(field)) ? ((await history.event(event.sequence)) ?? event) : event)),
  );
  return { job, events: whole, isCut: next !== null, state: stateOf(job, whole) };
}

/** What a job's events make of it, with the input and the output that lists of events leave out. */
export function stateOf({ id, input, output }: Pick<JobDetail, "id" | "input" | "output">, events: readonly IndexedEvent[]): JobState | undefined {
  return foldJob(
    BigInt(id),
    events.flatMap((event) => jobEventOf(event, event.name.startsWith("JobRequested") ? input : output) ?? []),
  );
}

/** Events that tell of a job's state. */
const TYPES: Readonly<Record<JobEventType, true>> = {
  ...{ JobRequested: true, JobRequestedByRoots: true, JobAccepted: true, JobSubmitted: true, JobSubmittedByRoots: true, JobChallenged: true, JobUpheld: true },
  ...{ JobConvicted: true, JobFinalized: true, CallbackDelivered: true, JobCancelled: true, JobRefunded: true },
  ...{ Challenged: true, Opened: true, Demanded: true, Revealed: true, Advanced: true, ConvictedByProof: true, ConvictedByDefault: true },
  ...{ RewardTakenOver: true, RewardCollected: true, FeeReclaimed: true, Resolved: true },
};

/** Fields that are integers wider than a number. */
const WIDE = ["terms", "claim", "slashed", "reward", "amount", "fees"];

/** What is left out of a list and not needed to know how a job stands. */
const LEFT_OUT: Hex = "0x";

function jobEventOf({ name, fields, omitted }: IndexedEvent, { bytes, roots, uri }: Content): JobEvent | undefined {
  if (!(name in TYPES)) return undefined;
  const content: Readonly<Record<string, unknown>> = { input: bytes, output: bytes, roots, uri };
  const all = [...Object.entries(fields), ...omitted.map((field) => [field, content[field] ?? LEFT_OUT] as const)];
  return Object.fromEntries([["type", name], ...all.map(([field, value]) => [field, valueOf(field, value)])]) as JobEvent;
}

function valueOf(field: string, value: unknown): unknown {
  if (WIDE.includes(field)) return BigInt(value as string);
  return field === "part" ? REWARD_PARTS[Number(value)] : value;
}
