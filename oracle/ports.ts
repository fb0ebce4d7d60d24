/** Ports: what the core and the roles need from the world outside. Adapters implement them; nothing here is code. */

import type { Prices } from "../core/dispute/prices.ts";
import type { EventName, Events } from "../core/events.ts";
import type { Hex } from "../core/hex.ts";
import type { JobEvent } from "../core/jobs/events.ts";
import type { Job, JobStatus } from "../core/jobs/job.ts";
import type { Limits } from "../core/jobs/limits.ts";
import type { Judge } from "../core/program/judge.ts";

export type { Optimisation, Runtime, RuntimeSession, RuntimeTensor, RuntimeTensorInfo } from "../core/runtime.ts";

// ---------------------------------------------------------------------------------------------------- surroundings

export type { Hex };

export interface Telemetry {
  emit<N extends EventName>(name: N, fields: Events[N]): void;
}

export interface Clock {
  /** Milliseconds, for measuring and waiting; never for a deadline, which the chain's clock decides. */
  now(): number;
  /** Resolves early, without throwing, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// ----------------------------------------------------------------------------------------------------------- store

export interface BlockRef {
  readonly number: number;
  readonly hash: Hex;
}

/** An event as it is kept: where it stood in the chain, which job it is about, and its content as JSON text. */
export interface StoredEvent {
  readonly block: number;
  readonly logIndex: number;
  readonly job: string;
  readonly event: string;
  /** Whether it belongs to a dispute. */
  readonly disputed: boolean;
}

export interface StoreIdentity {
  readonly chainId: number;
  readonly genesis: Hex;
  readonly deployment: string;
}

export interface RecordedVerdict {
  readonly verdict: "match" | "mismatch" | "unknown";
  readonly detail: string;
}

export interface RecordedAccusation {
  readonly node: number;
  readonly element: string;
  /** What goes before the proof of an element that is too long for one transaction. */
  readonly pieces: readonly { readonly until: number; readonly proof: Uint8Array }[];
  /** The encoded proof, ready to be sent. */
  readonly proof: Uint8Array;
  readonly salt: Hex;
}

export interface RecordedQualification {
  /** Fingerprint of the host and runtime that the check ran on. */
  readonly host: string;
  readonly accepted: boolean;
  readonly reason: string;
}

/** What was read of the chain. */
export interface EventLog {
  /** The newest blocks that were read, newest first. The first is the cursor. */
  recentBlocks(limit?: number): Promise<readonly BlockRef[]>;
  /** Adds the events of a stretch of blocks and moves the cursor to its end, all or nothing. */
  advance(to: BlockRef, events: readonly StoredEvent[]): Promise<void>;
  /** Forgets every block above `block` and the events in it; transactions confirmed there are in flight again. */
  rewind(block: number): Promise<void>;

  jobEvents(job: string): Promise<readonly StoredEvent[]>;
}

/** When which job is to be looked at. */
export interface JobQueue {
  /** Jobs to look at now, disputed or not, most overdue and then oldest first, with the block of their last event. */
  dueJobs(now: number, limit: number, disputed: boolean): Promise<readonly { readonly id: string; readonly lastBlock: number }[]>;
  /**
   * Says when to look at a job again (null: not before an event), and whether it is done. Without effect if an event
   * came in since `lastBlock`.
   */
  schedule(job: string, lastBlock: number, due: number | null, done: boolean): Promise<void>;
  /** Jobs that are or were in dispute and are not done, oldest first. */
  disputes(): Promise<readonly string[]>;
  /** Makes every job that is not done due: after a start, anything may have changed. */
  wake(): Promise<void>;
  /** Deletes all there is about jobs that are done and whose last event is older than `block`. Returns how many. */
  forget(block: number): Promise<number>;
}

/** What this party found out, once. */
export interface Records {
  /**
   * Records by job and subject, because after a reorganisation the same id may name another request. The first answer
   * recorded stays; the one that holds is returned.
   */
  recordResult(job: string, subject: string, output: Uint8Array): Promise<Uint8Array>;
  result(job: string, subject: string): Promise<Uint8Array | undefined>;

  recordVerdict(job: string, subject: string, verdict: RecordedVerdict): Promise<void>;
  verdict(job: string, subject: string): Promise<RecordedVerdict | undefined>;

  /** As with results, the first accusation stays and is returned. */
  recordAccusation(job: string, subject: string, accusation: RecordedAccusation): Promise<RecordedAccusation>;
  accusation(job: string, subject: string): Promise<RecordedAccusation | undefined>;

  recordQualification(version: string, qualification: RecordedQualification): Promise<void>;
  qualification(version: string): Promise<RecordedQualification | undefined>;
}

export interface Store extends EventLog, JobQueue, Records {
  /** Binds a fresh store to a chain and deployment, and refuses one that is bound to another. */
  claim(identity: StoreIdentity): Promise<void>;
  readonly outbox: Outbox;
  /** The queue of tasks beside the store. `gives`: this process hands them out, and there is no other that does. */
  tasks(options: { readonly gives: boolean; readonly onTrouble: (error: unknown) => void }): Promise<TaskQueue>;
  readonly spending: Spending;
  /**
   * Calls the listener, once, when the store is gone for good: emptied, damaged, or taken by another daemon. From then on
   * every call fails with the same error. What is only out of reach fails with a transient one.
   */
  onLost(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** Work on a job, as it is handed to a worker. */
export interface Task {
  /** It answers a challenge, or makes one good: not to wait behind jobs. */
  readonly disputed: boolean;
  /** What is to be done, for whoever does it. */
  readonly work: string;
}

/** Hands tasks from the process that decides to those that compute, and what became of them back. */
export interface TaskQueue {
  /** What the worker made of it. Fails with a transient error where none did. */
  give(task: Task): Promise<string>;
  /** Works on so many tasks at once, until the signal aborts; then finishes what is in hand. */
  take(places: { readonly disputes: number; readonly jobs: number }, perform: (task: Task) => Promise<string>, signal: AbortSignal): Promise<void>;
  /** Tasks that were given and not done yet. */
  depth(): number;
  /** Waits no longer for tasks that others may do; those that this process has in hand go on. */
  abandon(): void;
  close(): Promise<void>;
}

/** What an amount is taken from: OPG at risk in disputes, that at risk over hidden inputs, native coin for gas. */
export type PurseName = "disputes" | "hidden-input" | "gas";

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

/** What was spent, and what is set aside to be, over the last days. */
export interface Spending {
  /** Sets an amount aside; where a limit does not hold it, nothing is, and the limit is named. */
  reserve(expense: Expense, limits: SpendingLimits): Promise<"day" | "dispute" | undefined>;
  /** What it came to in the end. */
  settle(purse: PurseName, job: string, what: string, amount: bigint): Promise<void>;
  /** Jobs for which something is set aside that the last day counts. */
  jobsOfDay(purse: PurseName, now: number): Promise<readonly string[]>;
  /** All that was set aside for a job has come back. */
  returned(purse: PurseName, job: string): Promise<void>;
}

/** A transaction by what it is for. The intent is the key: planning the same one twice sends it once. */
export interface Intent {
  readonly intent: string;
  readonly kind: string;
  readonly job: string | null;
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
  /** Somebody's clock runs, and a bond or a reward hangs on it. */
  readonly urgent: boolean;
}

export interface Attempt {
  readonly hash: Hex;
  /** The signed bytes; of all but the last attempt only "0x". */
  readonly raw: Hex;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly sentAt: number;
  /** It does nothing but use the nonce, so that no other transaction of the entry can be mined. */
  readonly noop?: boolean;
}

export interface OutboxEntry extends Intent {
  readonly status: "planned" | "sent" | "confirmed" | "refused";
  readonly nonce: number | null;
  readonly gasLimit: bigint | null;
  readonly attempts: readonly Attempt[];
  readonly hash: Hex | null;
  readonly block: number | null;
  readonly gasUsed: bigint | null;
  readonly error: string | null;
}

export interface Outbox {
  /** Records the intent, unless it is there already, and returns what is there. */
  plan(intent: Intent): Promise<OutboxEntry>;
  get(intent: string): Promise<OutboxEntry | undefined>;
  /** Entries that are in flight, then those that are planned, the urgent ones first; otherwise oldest first. */
  open(limit: number): Promise<readonly OutboxEntry[]>;
  /** Entries of a kind that are in flight or planned, without what they carry. A planned one has no nonce yet. */
  underway(kind: string): Promise<readonly { readonly job: string | null; readonly nonce: number | null }[]>;
  /** Records a signed transaction. To be called before it leaves. */
  sent(intent: string, nonce: number, gasLimit: bigint, attempts: readonly Attempt[]): Promise<void>;
  /** Keeps of what was signed only what was mined: after a reorganisation its bytes go out again. */
  confirmed(intent: string, receipt: { hash: Hex; block: number; gasUsed: bigint }, mined?: Attempt): Promise<void>;
  refused(intent: string, error: string): Promise<void>;
  /** A confirmed transaction was undone by a reorganisation: it is in flight again, with its nonce and its bytes. */
  reopen(intent: string): Promise<void>;
  /** Puts an entry back to planned: its nonce was taken by something else, or a refusal is to be tried anew. */
  replan(intent: string): Promise<void>;
}

// ----------------------------------------------------------------------------------------------------------- chain

export interface ChainHead extends BlockRef {
  readonly timestamp: number;
  /** Timestamp of the earliest block that a transaction sent now can be in. */
  readonly next: number;
}

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

export interface Call {
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
}

export interface RequestTerms {
  readonly version: Hex;
  readonly operator: Hex;
  readonly fee: bigint;
  readonly bond: bigint;
  readonly callbackGas: number;
  readonly window: number;
  readonly deadline: number;
}

/** The protocol's transactions, encoded. */
export interface ChainCalls {
  approve(spender: Hex, amount: bigint): Call;
  deposit(ledger: Hex, account: Hex, amount: bigint): Call;
  withdraw(ledger: Hex, to: Hex, amount: bigint): Call;
  createModel(uri: string): Call;
  publish(details: VersionDetails): Call;
  deprecate(version: Hex, successor?: Hex): Call;
  /** Moves the publisher's shares of a version to the caller's balance. */
  collectShare(version: Hex): Call;
  request(terms: RequestTerms, input: Uint8Array): Call;
  requestByRoots(terms: RequestTerms, roots: readonly Hex[], uri: string): Call;
  cancel(job: Job): Call;
  refund(job: Job): Call;
  accept(job: Job): Call;
  submit(job: Job, output: Uint8Array): Call;
  finalize(job: Job, output: Uint8Array): Call;
  retryCallback(job: Job, output: Uint8Array): Call;
  bond(amount: bigint): Call;
  requestExit(amount: bigint): Call;
  cancelExit(): Call;
  withdrawBond(to: Hex): Call;
  withdrawCredit(to: Hex, amount: bigint): Call;
  challenge(job: Job): Call;
  open(job: Job, opening: Hex, uri: string): Call;
  commit(commitment: Hex): Call;
  /** The commitment itself, computed here, so that no node learns of an accusation before it is committed to. */
  commitmentOf(id: bigint, challenger: Hex, proof: Uint8Array, salt: Hex): Hex;
  convict(job: Job, proof: Uint8Array, salt: Hex): Call;
  advance(job: Job, until: number, piece: Uint8Array): Call;
  demand(job: Job, wanted: Hex): Call;
  reveal(id: bigint, shown: Hex): Call;
  silence(job: Job, item: Hex): Call;
  timeout(job: Job): Call;
  resolve(job: Job): Call;
  reclaim(job: Job): Call;
  collect(job: Job): Call;
}

/** Reads the chain into the store, block by block, undoing what a reorganisation undid. */
export interface ChainFollower {
  /** Catches up with the head and returns it. */
  poll(): Promise<ChainHead>;
}

/** Works off the outbox: simulates, signs, records, sends, waits, replaces. */
export interface ChainSender {
  readonly address: Hex;
  pump(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------- files and tensors

/** Content from outside, never more than was agreed to and always what its digest says. */
export interface Files {
  /**
   * A published file, by its SHA-256: from the local cache, else from one of the addresses in `uris` (file, http, https or
   * ipfs), which are tried in turn.
   */
  published(uris: string, sha256: Hex, maxBytes: number): Promise<Uint8Array>;
  /**
   * Bytes that somebody serves over http, https or ipfs: exactly `length`, and what is wanted by `isWanted`. That none of
   * the addresses has them is never final: they may be there a moment later.
   */
  download(uris: string, length: number, isWanted?: (bytes: Uint8Array) => boolean): Promise<Uint8Array>;
}

/** What a job may need again although nobody serves it any more; kept on disk until the job is done. */
export interface TensorShelf {
  /** The tensors of an opened trace, in commit order, and their roots one after the other. */
  put(job: string, tensors: readonly Uint8Array[], roots: Uint8Array): Promise<void>;
  /** The first `count` tensors of the opened trace; undefined unless all are there. */
  tensors(job: string, count: number): Promise<Uint8Array[] | undefined>;
  /** An input that had to be downloaded; on disk when the promise resolves. */
  putInput(job: string, input: Uint8Array): Promise<void>;
  input(job: string): Promise<Uint8Array | undefined>;
  /** Bytes that the disk still takes. */
  room(): Promise<number>;
  drop(job: string): Promise<void>;
}
