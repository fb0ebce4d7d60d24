import type { Prices } from "../../core/dispute/prices.ts";
import type { Hex } from "../../core/hex.ts";
import type { JobEvent } from "../../core/jobs/events.ts";
import type { Job, JobStatus } from "../../core/jobs/job.ts";
import type { Limits } from "../../core/jobs/limits.ts";
import type { Judge } from "../../core/program/judge.ts";
import type { Call, ChainHead } from "./chain.ts";

export interface Deployment {
  readonly chainId: number;
  /** Nothing of this deployment happened in an earlier block. */
  readonly startBlock: number;
  readonly opg: Hex;
  readonly models: Hex;
  readonly stakes: Hex;
  readonly jobs: Hex;
  readonly game: Hex;
  /** The judge that came with the deployment: what is published names it by default. */
  readonly verifier: Hex;
}

/** Everything that a version fixes. */
export interface VersionDetails {
  readonly modelId: bigint;
  readonly programRoot: Hex;
  /** Judges its disputes. */
  readonly verifier: Hex;
  readonly fileDigest: Hex;
  readonly programDigest: Hex;
  readonly price: bigint;
  readonly minBond: bigint;
  readonly minWindow: number;
  readonly shareBps: number;
  readonly header: Hex;
  readonly fileURI: string;
  readonly programURI: string;
}

export interface Quote {
  readonly price: bigint;
  readonly minBond: bigint;
  readonly minWindow: number;
  readonly shareBps: number;
  /** False for an unknown or deprecated version. */
  readonly open: boolean;
}

export interface Bond {
  readonly bonded: bigint;
  readonly exiting: bigint;
  readonly exitAt: number;
  /** Stands behind open claims. */
  readonly locked: bigint;
  /** What new claims may still be locked on. */
  readonly free: bigint;
}

export interface ModelSummary {
  readonly modelId: bigint;
  readonly owner: Hex;
  readonly uri: string;
  readonly versions: readonly Hex[];
}

export interface GameTerms extends Prices {
  readonly openPeriod: number;
  readonly provePeriod: number;
  readonly rewardPeriod: number;
  readonly revealPeriod: number;
  readonly maxOpenDemands: number;
}

/** Why the EVM refused a call: in a sentence, with the contract's name for it and the way out where they are known. */
export interface Revert {
  readonly error: string;
  readonly name?: string;
  readonly fix?: string;
}

/** Whether a call would go through if it were mined now, and why not. */
export type Simulation =
  | { readonly ok: true; readonly result: Hex }
  /** Doubtful: it would have gone through in the newest block that is known. */
  | ({ readonly ok: false; readonly doubtful?: boolean } & Revert);

/** What would become of one of several calls, each with the effects of those before it. */
export type Rehearsed =
  | { readonly outcome: "ok"; readonly gas: bigint }
  | ({ readonly outcome: "refused" } & Revert)
  /** The node cannot tell: it runs no calls one after the other. */
  | { readonly outcome: "unknown" };

export interface ChainReader {
  readonly deployment: Deployment;
  /** The block that views are answered at; the node's latest where there is none. */
  readonly asOf: number | undefined;
  /** From now on no view is answered from before this block, nor from before one that was named earlier. */
  pin(block: number): void;
  /** The blocks that were named are gone. */
  unpin(): void;
  head(): Promise<ChainHead>;
  blockHash(number: number): Promise<Hex>;
  /** The block that a transaction is in, if it is in any. */
  minedIn(hash: Hex): Promise<number | undefined>;
  /** What a mined transaction brought about; transient while the node does not show its receipt. */
  outcome(hash: Hex): Promise<{ jobs: readonly bigint[]; models: readonly bigint[]; versions: readonly Hex[] }>;
  version(version: Hex): Promise<VersionDetails>;
  /** What code a verifier and the families that it routes to consist of, and whether this release knows it. */
  judge(verifier: Hex): Promise<Judge>;
  quote(version: Hex): Promise<Quote>;
  offerState(version: Hex): Promise<"unknown" | "published" | "deprecated">;
  /** The version that its publisher named to use instead. */
  successor(version: Hex): Promise<Hex | undefined>;
  model(modelId: bigint): Promise<ModelSummary>;
  modelCount(): Promise<bigint>;
  /** Models that the account owns now. */
  modelsOf(account: Hex): Promise<readonly ModelSummary[]>;
  /** Publisher's shares of a version that are not collected yet. */
  shareOf(version: Hex): Promise<bigint>;
  bond(operator: Hex): Promise<Bond>;
  /** Seconds between an exit's start and its end. */
  exitDelay(): Promise<number>;
  gameTerms(): Promise<GameTerms>;
  /** Status and time of finality; refuses a struct that is not the job's. */
  readJob(job: Job): Promise<{ status: JobStatus; finalizesAt: number }>;
  nonceOf(requester: Hex): Promise<bigint>;
  tokenBalance(account: Hex): Promise<bigint>;
  /** What the account pays gas with, in wei. */
  nativeBalance(account: Hex): Promise<bigint>;
  /** Price of a unit of gas that a transaction sent now has to be covered for, in wei. */
  gasPrice(): Promise<bigint>;
  /** Transactions of the account that are mined: the nonce of the next one. */
  transactionCount(account: Hex): Promise<number>;
  /** Seconds between blocks, over the last ones. */
  blockSeconds(): Promise<number>;
  /** Longest output that a submission may carry. */
  maxOutputBytes(): Promise<number>;
  allowance(owner: Hex, spender: Hex): Promise<bigint>;
  /** Free balance in a ledger: that of the jobs registry or of the game. */
  ledgerBalance(ledger: Hex, account: Hex): Promise<bigint>;
  creditOf(account: Hex): Promise<bigint>;
  /** Second in which the commitment to a proof was recorded, or zero. */
  committedAt(commitment: Hex): Promise<number>;
  /** Jobs that the account requested, served, challenged, demanded parts of or convicted, oldest first. */
  jobsOf(account: Hex): Promise<readonly bigint[]>;
  /** Events of one job, searched from the deployment's first block. */
  jobHistory(id: bigint): Promise<readonly JobEvent[]>;
  simulate(call: Call, from: Hex): Promise<Simulation>;
  /** Runs calls one after the other, and changes nothing. */
  rehearse(calls: readonly Call[], from: Hex): Promise<readonly Rehearsed[]>;
  limits(): Promise<Limits>;
}
