import { concat, getBytes } from "ethers";
import type { Hex } from "../hex.ts";
import { inlineCommitment, rootsCommitment } from "../program/program.ts";
import type { JobEvent } from "./events.ts";
import { unpackClaim, unpackTerms, ZERO_HASH } from "./job.ts";
import type { Claim, Job, JobStatus, Terms } from "./job.ts";

export type JobInput =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "roots"; readonly roots: readonly Hex[]; readonly uri: string };

export interface Verdict {
  readonly by: "proof" | "default";
  /** The account that gets the half of the earliest commitment. */
  readonly beneficiary: Hex;
  /** The account that gets the half of the latest one; the same until the halves part. */
  readonly laterBeneficiary: Hex;
  readonly reward: bigint;
  readonly collectableAt: number;
  readonly collected: boolean;
}

/** A part of the trace that somebody demanded. */
export interface Demand {
  /** Its name in the contract. */
  readonly item: Hex;
  readonly demander: Hex;
  readonly revealBy: number;
  readonly answered: boolean;
}

export interface Dispute {
  readonly challengers: readonly Hex[];
  /** Challengers that took their fee back. */
  readonly reclaimed: readonly Hex[];
  readonly openBy: number;
  readonly deadline: number;
  /** `shown` is the part of the trace that the opening published with its root. */
  readonly opened?: { readonly traceRoot: Hex; readonly shown: Hex; readonly uri: string };
  readonly demands: readonly Demand[];
  /** The demands as they were encoded. */
  readonly wanted: readonly Hex[];
  /** The reveals as they were encoded. */
  readonly shown: readonly Hex[];
  /** The progress of each challenger's computation of a long element. */
  readonly advanced: Readonly<Record<Hex, number>>;
  readonly verdict?: Verdict;
}

/** Demands that wait for an answer. */
export const unanswered = (dispute: Dispute): readonly Demand[] => dispute.demands.filter(({ answered }) => !answered);

/** A job as its events tell it. */
export interface JobState {
  readonly job: Job;
  readonly status: JobStatus;
  readonly terms: Terms;
  readonly claim: Claim;
  readonly input: JobInput;
  /** As it was submitted: bytes of the graph outputs, or their roots. */
  readonly output?: Uint8Array;
  /** Where the values of an output are served that was submitted by its roots. */
  readonly outputUri?: string;
  readonly dispute?: Dispute;
}

/**
 * Rebuilds a job from its events, oldest first. Undefined if the request is not among them: without it nothing can be done
 * for the job.
 */
export function foldJob(id: bigint, events: readonly JobEvent[]): JobState | undefined {
  return events.reduce<JobState | undefined>((state, event) => step(id, state, event), undefined);
}

function step(id: bigint, state: JobState | undefined, event: JobEvent): JobState | undefined {
  if (event.type === "JobRequested") {
    const bytes = getBytes(event.input);
    return requested(id, event, { kind: "inline", bytes }, inlineCommitment(bytes));
  }
  if (event.type === "JobRequestedByRoots") {
    return requested(id, event, { kind: "roots", roots: event.roots, uri: event.uri }, rootsCommitment(event.roots));
  }
  if (state === undefined) return undefined;
  const { dispute } = state;
  switch (event.type) {
    case "JobAccepted":
      return { ...withClaim(state, event.claim), status: "Accepted" };
    case "JobSubmitted":
      return submitted(state, event, getBytes(event.output));
    case "JobSubmittedByRoots":
      return { ...submitted(state, event, getBytes(concat(event.roots))), outputUri: event.uri };
    case "JobChallenged":
      return { ...state, status: "Challenged" };
    case "JobUpheld":
      return { ...state, status: "Upheld" };
    case "JobConvicted":
      return { ...state, status: "Convicted" };
    case "JobFinalized":
      return { ...state, status: event.delivered ? "Final" : "FinalUndelivered" };
    case "CallbackDelivered":
      return { ...state, status: "Final" };
    case "JobCancelled":
      return { ...state, status: "Cancelled" };
    case "JobRefunded":
      return { ...state, status: "Refunded" };
    case "Challenged": {
      const { openBy, deadline, challenger } = event;
      const before = dispute ?? { challengers: [], reclaimed: [], openBy, deadline, demands: [], wanted: [], shown: [], advanced: {} };
      return { ...state, dispute: { ...before, challengers: [...before.challengers, challenger] } };
    }
    case "Resolved":
      return state;
  }
  if (dispute === undefined) return state;
  switch (event.type) {
    case "Opened": {
      const { traceRoot, shown, uri } = event;
      return { ...state, dispute: { ...dispute, opened: { traceRoot, shown, uri } } };
    }
    case "Demanded": {
      const { demander, revealBy, wanted } = event;
      const demands = event.items.map((item) => ({ item, demander, revealBy, answered: false }));
      const after = { demands: [...dispute.demands, ...demands], wanted: [...dispute.wanted, wanted] };
      return { ...state, dispute: { ...dispute, ...after } };
    }
    case "Revealed": {
      const demands = dispute.demands.map((d) => (event.items.includes(d.item) ? { ...d, answered: true } : d));
      return { ...state, dispute: { ...dispute, demands, shown: [...dispute.shown, event.shown] } };
    }
    case "Advanced":
      return { ...state, dispute: { ...dispute, advanced: { ...dispute.advanced, [event.challenger]: event.until } } };
    case "ConvictedByProof":
    case "ConvictedByDefault": {
      const { challenger: beneficiary, reward, collectableAt } = event;
      const by = event.type === "ConvictedByProof" ? "proof" : "default";
      return { ...state, dispute: { ...dispute, verdict: { by, beneficiary, laterBeneficiary: beneficiary, reward, collectableAt, collected: false } } };
    }
    case "RewardTakenOver":
      return withVerdict(state, dispute, {
        ...(event.part !== "later" && { beneficiary: event.to }),
        ...(event.part !== "earlier" && { laterBeneficiary: event.to }),
      });
    case "RewardCollected":
      return withVerdict(state, dispute, { collected: true });
    case "FeeReclaimed":
      return { ...state, dispute: { ...dispute, reclaimed: [...dispute.reclaimed, event.challenger] } };
  }
}

function requested(
  id: bigint,
  event: { version: Hex; terms: bigint; claim: bigint },
  input: JobInput,
  commitment: string,
): JobState {
  const { version, terms, claim } = event;
  return {
    job: { id, version, input: commitment as Hex, terms, claim, output: ZERO_HASH },
    status: "Requested",
    terms: unpackTerms(terms),
    claim: unpackClaim(claim),
    input,
  };
}

function submitted(state: JobState, event: { claim: bigint }, output: Uint8Array): JobState {
  const next = withClaim(state, event.claim);
  return { ...next, job: { ...next.job, output: inlineCommitment(output) as Hex }, output, status: "Submitted" };
}

const withClaim = (state: JobState, claim: bigint): JobState => ({
  ...state,
  job: { ...state.job, claim },
  claim: unpackClaim(claim),
});

function withVerdict(state: JobState, dispute: Dispute, change: Partial<Verdict>): JobState {
  return dispute.verdict === undefined
    ? state
    : { ...state, dispute: { ...dispute, verdict: { ...dispute.verdict, ...change } } };
}
