import type { Quote } from "../../core/jobs/quote.ts";
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
  /** The verifier of the deployment; new versions name it by default. */
  readonly verifier: Hex;
}

/** Everything that a version fixes. */
export interface VersionDetails {
  readonly modelId: bigint;
  readonly programRoot: Hex;
  /** The verifier that judges its disputes. */
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

export interface Bond {
  readonly bonded: bigint;
  readonly exiting: bigint;
  readonly exitAt: number;
  /** The part that stands behind open claims. */
  readonly locked: bigint;
  /** The part that is free for new claims. */
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

/** Why the EVM refused a call: a sentence, with the error's name and the remedy if they are known. */
export interface Revert {
  readonly error: string;
  readonly name?: string;
  readonly fix?: string;
}

/** Whether a call would succeed if it were mined now; if not, why. */
export type Simulation =
  | { readonly ok: true; readonly result: Hex }
  /** Doubtful: it would have succeeded in the newest known block. */
  | ({ readonly ok: false; readonly doubtful?: boolean } & Revert);

/** The simulated outcome of one of several calls, each after the effects of those before it. */
export type Rehearsed =
  | { readonly outcome: "ok"; readonly gas: bigint }
  | ({ readonly outcome: "refused" } & Revert)
  /** The node cannot simulate calls one after the other. */
  | { readonly outcome: "unknown" };

export interface ChainReader {
  readonly deployment: Deployment;
  /** The block that views are answered at; the node's latest where there is none. */
  readonly asOf: number | undefined;
  /** From now on no view is answered from a block before this one, or before one named earlier. */
  pin(block: number): void;
  /** To be called when a reorganisation removed the named blocks. */
  unpin(): void;
  head(): Promise<ChainHead>;
  blockHash(number: number): Promise<Hex>;
  /** The block that contains a transaction, if any does. */
  minedIn(hash: Hex): Promise<number | undefined>;
  /** The outcome of a mined transaction. Fails with a transient error while the node does not show its receipt. */
  outcome(hash: Hex): Promise<{ jobs: readonly bigint[]; models: readonly bigint[]; versions: readonly Hex[] }>;
  version(version: Hex): Promise<VersionDetails>;
  /** The code hashes of a verifier and its families, and the release that has them, if this software knows it. */
  judge(verifier: Hex): Promise<Judge>;
  quote(version: Hex): Promise<Quote>;
  offerState(version: Hex): Promise<"unknown" | "published" | "deprecated">;
  /** The version that the publisher named as its replacement. */
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
  /** The account's native coin, in wei. */
  nativeBalance(account: Hex): Promise<bigint>;
  /** The price of gas, in wei, that the account must be able to pay for a transaction sent now. */
  gasPrice(): Promise<bigint>;
  /** The number of mined transactions of the account, which is the nonce of the next one. */
  transactionCount(account: Hex): Promise<number>;
  /** Seconds between the last blocks, on average. */
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
