import { formatEther, getBytes } from "ethers";
import { messageOf } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { isTooLate, whyTooSlow, whyUnanswerable, whyUnwanted, type Footprint, type Wishes } from "../core/jobs/declining.ts";
import { requestKey } from "../core/jobs/job.ts";
import type { Demand, Dispute } from "../core/jobs/state.ts";
import { isStatement } from "../core/faults.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { createMeans } from "./means.ts";
import { createNetworkFacts, type NetworkPolicy } from "./network.ts";
import { isFailedSelfCheck } from "../host/selfCheck.ts";
import type { Answer, Tasks } from "./tasks.ts";
import { intentOf, shortDigest } from "./transactions.ts";
import type { Dispatch } from "./transactions.ts";

/** Whoever finalizes pays for the requester's callback, which is the operator as a rule: hence a limit to its gas. */
export interface OperatorPolicy extends Wishes, NetworkPolicy {
  /** Versions to serve, or all that this host qualifies for. */
  readonly versions: "all" | readonly string[];
  /**
   * Bond that may be put at stake between two such checks; 0 checks every job. A job that stakes as much by itself is
   * always checked.
   */
  readonly bondPerCheck: bigint;
  /** Where this operator's API can be reached. */
  readonly publicUrl: string;
}

/** Each takes 3 KB at most, and a transaction 128 KB. */
const PLACES_PER_REVEAL = 32;
/** Seconds until what a job lacks is looked for again, and how often at least before its deadline. */
const LOOK_AGAIN = 15;
const LEAST_LOOKS = 8;

type Lack = "bond" | "native" | "disk";

/** Serves jobs and answers challenges. Its rule: never submit what it could be slashed for. */
export function createOperator(context: Context, dispatch: Dispatch, tasks: Tasks, policy: OperatorPolicy) {
  const { store, calls, shelf, telemetry } = context;
  const means = createMeans(context);
  const network = createNetworkFacts(context, policy);
  /** Bond put at stake since a trace was last checked. The first job after a start is always checked. */
  let unchecked = policy.bondPerCheck;
  /** By job: what it lacks, as was told. */
  const waiting = new Map<string, Lack>();
  /** By version: what its answers take. */
  const footprints = new Map<Hex, Footprint>();
  /** By version: seconds that the last run and the last trace took. */
  const seconds = { run: new Map<Hex, number>(), trace: new Map<Hex, number>() };

  const serve: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const recorded = await store.result(id, requestKey(state.job));
    if (recorded !== undefined) {
      const entry = await store.outbox.get(intentOf("submit", occasion));
      if (entry !== undefined && entry.status !== "refused") return submit(occasion, recorded);
      return holdingBond(occasion, () => submit(occasion, recorded));
    }
    const unwanted = unwantedReason(occasion);
    if (unwanted !== undefined) return decline(id, unwanted);
    // INVARIANT: bond is set aside before anything is computed, so that no answer is computed that it does not cover.
    return holdingBond(occasion, () => answer(occasion));
  };

  async function holdingBond(occasion: Occasion, work: () => Promise<number | undefined>): Promise<number | undefined> {
    let again: number | undefined;
    const held = await means.holding(occasion, async () => {
      again = await work();
    });
    return held ? again : wait(occasion, "bond", "free bond that is not promised to other jobs");
  }

  function decline(job: string, reason: string): undefined {
    telemetry.emit("job.declined", { job, reason });
  }

  /** What a job lacks may come. Returns when to look again; tells of it once. */
  function wait({ id, state, now }: Occasion, lacking: Lack, text: string): number {
    if (waiting.get(id) !== lacking) telemetry.emit("job.waiting", { job: id, for: text });
    remember(waiting, id, lacking);
    const wanted = Math.floor((state.claim.deadline - now) / LEAST_LOOKS);
    return now + Math.max(1, Math.min(LOOK_AGAIN, wanted));
  }

  async function answer(occasion: Occasion): Promise<number | undefined> {
    const { id, state } = occasion;
    const { version } = state.job;
    const takes = await orDecline(id, () => footprintOf(occasion));
    if (takes === undefined) return undefined;
    const never = whyUnanswerable(takes, state.terms, await network.maxOutputBytes()) ?? (await tooSlow(version));
    if (never !== undefined) return decline(id, never);
    const lacking = await lackOf(occasion, takes);
    if (lacking !== undefined) return wait(occasion, ...lacking);

    const answered = await orDecline(id, () => compute(occasion));
    if (answered === undefined) return undefined;
    const { output, runMs, traceMs } = answered;
    remember(seconds.run, version, runMs / 1000);
    if (traceMs !== null) remember(seconds.trace, version, traceMs / 1000);
    telemetry.emit("job.computed", { job: id, ms: runMs });
    // The check may have been the first trace of this version.
    const slow = await tooSlow(version);
    if (slow !== undefined) return decline(id, slow);
    // INVARIANT: the answer is recorded before it is sent, and a recorded answer is the only one ever sent.
    const kept = await store.recordResult(id, requestKey(state.job), getBytes(output));
    telemetry.emit("job.recorded", { job: id });
    return submit(occasion, kept);
  }

  /** The answer, checked when it is time to: one job is checked for all those that are in hand with it. */
  async function compute(occasion: Occasion): Promise<Answer> {
    unchecked += occasion.state.terms.bond;
    const check = unchecked >= policy.bondPerCheck;
    if (check) unchecked = 0n;
    let done = false;
    try {
      const answer = await tasks.answer(occasion, check);
      done = true;
      return answer;
    } finally {
      // A check that was not made is owed by the next job.
      if (check && !done) unchecked = policy.bondPerCheck;
    }
  }

  /** What the protocol, the version or the input rule out now, they rule out for ever. */
  async function orDecline<T>(job: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isStatement(error) || isFailedSelfCheck(error)) throw error;
      return decline(job, messageOf(error));
    }
  }

  async function footprintOf(occasion: Occasion): Promise<Footprint> {
    const { version } = occasion.state.job;
    const known = footprints.get(version) ?? (await tasks.survey(occasion));
    remember(footprints, version, known);
    return known;
  }

  async function submit(occasion: Occasion, output: Uint8Array): Promise<number | undefined> {
    const { entry, again } = await dispatch("submit", occasion, () => calls.submit(occasion.state.job, output));
    if (entry.status === "refused") {
      telemetry.emit("job.lost", { job: occasion.id, reason: entry.error ?? "refused" });
    }
    return again;
  }

  function unwantedReason({ state, now }: Occasion): string | undefined {
    const { terms, claim, job } = state;
    if (policy.versions !== "all" && !policy.versions.includes(job.version)) return "version is not configured";
    const unwanted = whyUnwanted(terms, policy);
    if (unwanted !== undefined) return unwanted;
    return isTooLate(claim, now, seconds.run.get(job.version) ?? 0, network.knownPace()) ? "deadline is too close" : undefined;
  }

  async function tooSlow(version: Hex): Promise<string | undefined> {
    const [pace, clocks] = await Promise.all([network.pace(), network.clocks()]);
    return whyTooSlow(pace, clocks, seconds.trace.get(version) ?? 0);
  }

  /** What this host lacks at the moment to see a challenge through. */
  async function lackOf(occasion: Occasion, takes: Footprint): Promise<[Lack, string] | undefined> {
    const gas = BigInt(takes.servingGas);
    const { native, gasPrice } = await means.purchasing(occasion, gas);
    const cost = gas * gasPrice;
    if (native < cost) {
      return ["native", `native coin: to submit and to open may cost ${formatEther(cost)}, and the account holds ${formatEther(native)}`];
    }
    const [room, trace] = [await shelf.room(), takes.traceBytes];
    return room < trace ? ["disk", `room on the disk: its trace has ${trace} bytes, and ${room} are left`] : undefined;
  }

  const open: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const url = `${policy.publicUrl}/jobs/${id}/tensors`;
    return (await dispatch("open", occasion, async () => calls.open(state.job, await tasks.open(occasion), url))).again;
  };

  const reveal: StepHandler = async (occasion) => {
    const { state } = occasion;
    const all = [...batches(state.dispute!)].map((batch) => batch.map(({ item }) => item as Hex));
    let shown: Promise<readonly Hex[]> | undefined;
    const due: number[] = [];
    for (const [i, items] of all.entries()) {
      const reveal = async () => calls.reveal(state.job.id, (await (shown ??= tasks.reveal(occasion, all)))[i]);
      const { again } = await dispatch("reveal", occasion, reveal, shortDigest(items));
      if (again !== undefined) due.push(again);
    }
    return due.length === 0 ? undefined : Math.min(...due);
  };

  return { serve, open, reveal };
}

/** Jobs and versions of which something is remembered. */
const REMEMBERED = 4_096;

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > REMEMBERED) map.delete(map.keys().next().value!);
}

/**
 * Demands that one transaction answers, where something in it waits for an answer. Those that fall due together were
 * made together, so that a batch is always the same and no place is revealed twice.
 */
function* batches(dispute: Dispute): Generator<readonly Demand[]> {
  const times = new Set(dispute.demands.map(({ revealBy }) => revealBy));
  for (const time of times) {
    const together = dispute.demands.filter(({ revealBy }) => revealBy === time);
    for (let i = 0; i < together.length; i += PLACES_PER_REVEAL) {
      const batch = together.slice(i, i + PLACES_PER_REVEAL);
      if (batch.some(({ answered }) => !answered)) yield batch;
    }
  }
}
