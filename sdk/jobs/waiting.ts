import type { JobStatus } from "../../core/jobs/job.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import { nextAction, type NextAction } from "../../core/jobs/next.ts";
import { phaseOf } from "../../core/jobs/phase.ts";
import { reasonOf } from "../../core/jobs/reason.ts";
import type { JobState } from "../../core/jobs/state.ts";
import type { Context } from "../chain/context.ts";
import type { Head } from "../chain/port.ts";
import { opgErrorOf } from "../chain/reverts.ts";
import { OpgError } from "../errors.ts";
import { pause } from "../pause.ts";
import { named, version, type NamedSpecs } from "../models/versions.ts";
import { decodeOutputs, type Tensor } from "../tensors/decode.ts";
import { JobHistory, requestBlock } from "./history.ts";

/** How a job stands, as a requester sees it. */
export type JobStage =
  | "requested"
  | "accepted"
  | "submitted"
  | "challenged"
  | "upheld"
  | "final"
  | "undelivered"
  | "cancelled"
  | "refunded"
  | "convicted";

const STAGES: Readonly<Record<Exclude<JobStatus, "None">, JobStage>> = {
  Requested: "requested",
  Accepted: "accepted",
  Submitted: "submitted",
  Challenged: "challenged",
  Upheld: "upheld",
  Final: "final",
  FinalUndelivered: "undelivered",
  Cancelled: "cancelled",
  Refunded: "refunded",
  Convicted: "convicted",
};

/** Stages that a job does not leave; of an undelivered result only the callback may still come. */
const ENDS: ReadonlySet<JobStage> = new Set(["final", "undelivered", "cancelled", "refunded", "convicted"]);

/** A job at one stage. */
export interface JobUpdate {
  readonly job: bigint;
  readonly stage: JobStage;
  /** Why it stands there, in a clause. */
  readonly reason: string;
  /** What anyone may do next, from which second on, and whether that has come; never of a past stage. */
  readonly next: (NextAction & { readonly due: boolean }) | undefined;
  /** When a submitted result is final unless it is challenged, in seconds. */
  readonly finalizesAt: number | undefined;
  /** The submitted output, if there is one on chain: nobody may rely on it before `isFinal`. One that is there by its roots is fetched by `outputs`. */
  readonly outputs: readonly Tensor[] | undefined;
  /** Whether the outputs are the job's result for good. */
  readonly isFinal: boolean;
  /** Whether no later update comes. */
  readonly isEnd: boolean;
  /** Everything that the job's events tell. */
  readonly state: JobState;
}

/** How a job is waited for. */
export interface WaitOptions {
  /** Ends the waiting: the iterator throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks at the chain. */
  readonly pollMs?: number;
  /** What `namedSpecs` gives of the job's version: then outputs have the names of its published file. */
  readonly named?: NamedSpecs;
  /** The block of the request, as `request` returned it; without it, it is looked for. */
  readonly fromBlock?: number;
}

/** A job as it stands now. */
export async function job(context: Context, id: bigint, fromBlock?: number): Promise<JobUpdate> {
  const history = new JobHistory(context, id, fromBlock ?? (await requestBlock(context, id)));
  const head = await look(context, history).catch((error: unknown) => {
    throw opgErrorOf(error);
  });
  const state = history.states().at(-1);
  if (state === undefined) throw new OpgError("JOB", `block ${String(fromBlock)} and those after it do not hold the request of job ${formatJobId(id)}`, "leave fromBlock out");
  return describe(state, head, await decoder(context)(state), true);
}

/** Reads what is new of a job, up to the head that it returns. */
async function look({ chain }: Context, history: JobHistory): Promise<Head> {
  const head = await chain.head();
  await history.read(head.number);
  return head;
}

/** Looks in a row that may fail before the waiting does. */
const MOST_FAILURES = 10;

/**
 * Every stage of a job from its request on, the past ones first, and again whenever what anyone may do next becomes due, until
 * nothing more can come. After a reorganisation it goes on from the last stage that still holds. A node that does not answer is asked
 * again; after ten times in a row that is thrown.
 */
export async function* waitForResult(context: Context, id: bigint, { signal, pollMs = 2_000, fromBlock, named: names }: WaitOptions = {}): AsyncGenerator<JobUpdate, void> {
  const history = new JobHistory(context, id, fromBlock ?? (await requestBlock(context, id)));
  const decode = decoder(context, names);
  let told: string[] = [];
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    const head = await look(context, history).catch((error: unknown) => {
      // A node that is away for a moment ends no waiting.
      if (++failures > MOST_FAILURES) throw opgErrorOf(error);
      return undefined;
    });
    if (head === undefined) {
      await pause(pollMs, signal);
      continue;
    }
    failures = 0;
    const states = distinct(history.states());
    const fresh = states.map((state, i) => keyOf(state, i === states.length - 1 ? head : undefined));
    let same = 0;
    while (same < fresh.length && told[same] === fresh[same]) same++;
    // A last stage that was told before it became due is told again; a past one never.
    for (let i = same; i < states.length; i++) {
      if (i < states.length - 1 && told[i] !== undefined && stageKey(told[i]) === stageKey(fresh[i])) continue;
      const update = describe(states[i], head, await decode(states[i]), i === states.length - 1);
      yield update;
      if (update.isEnd) return;
    }
    told = fresh;
    await pause(pollMs, signal);
  }
}

/** States that differ in what a requester is told. */
const distinct = (states: readonly JobState[]): JobState[] => states.filter((state, i) => i === 0 || keyOf(state) !== keyOf(states[i - 1]));

const DUE = " due";
const stageKey = (key: string): string => key.replace(DUE, "");

function keyOf(state: JobState, head?: Head): string {
  const next = nextAction(state);
  const due = head !== undefined && next !== undefined && head.next >= next.from ? DUE : "";
  return `${state.status} ${phaseOf(state) ?? ""} ${next?.action ?? ""} ${next?.from ?? ""} ${state.job.claim}${due}`;
}

function describe(state: JobState, { next: now }: Head, outputs: readonly Tensor[] | undefined, isLast: boolean): JobUpdate {
  const stage = STAGES[state.status as keyof typeof STAGES];
  const next = nextAction(state);
  return {
    job: state.job.id,
    stage,
    reason: reasonOf(state, now),
    next: next && { ...next, due: isLast && now >= next.from },
    finalizesAt: stage === "submitted" ? state.claim.time + state.terms.window : undefined,
    outputs,
    isFinal: stage === "final" || stage === "undelivered",
    isEnd: isLast && ENDS.has(stage),
    state,
  };
}

/** Reads outputs by the specs of the job's version, which is asked for once. An output of another length has no tensors. */
function decoder(context: Context, names?: NamedSpecs): (state: JobState) => Promise<readonly Tensor[] | undefined> {
  let specs: ReturnType<typeof version> | undefined;
  return async ({ output, job: { version: id } }) => {
    if (output === undefined) return undefined;
    specs ??= version(context, id);
    const outputs = named((await specs).outputs, names?.outputs);
    try {
      return decodeOutputs(outputs, output);
    } catch (error) {
      if (error instanceof OpgError && error.code === "TENSOR") return undefined;
      throw error;
    }
  };
}
