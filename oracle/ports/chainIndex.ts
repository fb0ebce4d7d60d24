import type { Hex } from "../../core/hex.ts";
import type { JobStatus } from "../../core/jobs/job.ts";
import type { BlockRef } from "./chain.ts";

/** The contract of the deployment that an event is of. */
export type Emitter = "jobs" | "game" | "stakes" | "models";

/** The fields of an event by their names in the ABI: times as numbers, other integers as decimal text, the rest as text. */
export type EventFields = Readonly<Record<string, unknown>>;

/** What an event is about, as `job:ID`, `operator:ADDRESS`, `model:ID` or `version:ID`. */
export type Subject = `${"job" | "operator" | "model" | "version"}:${string}`;

/** An event with its place in the chain. */
export interface ChainEvent {
  readonly block: number;
  readonly logIndex: number;
  /** Unix seconds of the block. */
  readonly time: number;
  readonly transaction: Hex;
  readonly emitter: Emitter;
  readonly name: string;
  readonly subject: Subject;
  readonly fields: EventFields;
}

/**
 * An event as the index keeps it. `sequence` grows in the order of the chain, and no number is used twice: what is read
 * again after a reorganisation has others. Where `emitter` is null, the events of all later blocks that were told before were
 * undone.
 */
export interface IndexedEvent extends Omit<ChainEvent, "logIndex" | "transaction" | "emitter" | "subject"> {
  readonly sequence: number;
  readonly transaction: Hex | null;
  readonly emitter: Emitter | null;
  readonly subject: Subject | null;
  /** Names of fields that are too long for a list. */
  readonly omitted: readonly string[];
}

/** Amounts are base units of OPG as decimal text, times Unix seconds. */
export interface IndexedJob {
  readonly id: string;
  readonly sequence: number;
  readonly status: JobStatus;
  readonly version: string;
  /** The model that the version is of. */
  readonly model: string | null;
  readonly requester: string;
  /** Who accepted or submitted it; before that the one that was named, if any. */
  readonly operator: string | null;
  readonly fee: string;
  readonly bond: string;
  readonly window: number;
  readonly callbackGas: number;
  /** When it can be refunded if nobody has submitted a result. */
  readonly deadline: number;
  readonly requestedBlock: number;
  readonly requestedAt: number;
  readonly submittedAt: number | null;
  /** When the result is final unless it is challenged. */
  readonly finalizesAt: number | null;
  /** Of the newest event. */
  readonly updatedAt: number;
  readonly dispute: IndexedDispute | null;
}

export interface IndexedDispute {
  /** Of the first challenge. */
  readonly sequence: number;
  readonly challengedAt: number;
  readonly challengers: number;
  readonly openBy: number;
  readonly deadline: number;
  readonly isOpened: boolean;
  readonly outcome: "upheld" | "convicted by proof" | "convicted by default" | null;
  /** Bond that was taken. */
  readonly slashed: string;
}

export interface IndexedModel {
  readonly id: string;
  readonly sequence: number;
  readonly owner: string;
  readonly uri: string;
  readonly createdAt: number;
}

export interface IndexedVersion {
  readonly id: string;
  readonly sequence: number;
  readonly model: string;
  readonly publishedAt: number;
  readonly isDeprecated: boolean;
  readonly successor: string | null;
  readonly programRoot: string;
  readonly verifier: string;
  readonly fileDigest: string;
  readonly programDigest: string;
  readonly price: string;
  readonly minBond: string;
  readonly minWindow: number;
  readonly shareBps: number;
  readonly header: string;
  readonly fileURI: string;
  readonly programURI: string;
}

export interface IndexedOperator {
  readonly address: string;
  readonly sequence: number;
  readonly bonded: string;
  readonly exiting: string;
  readonly exitAt: number | null;
  readonly slashed: string;
  readonly slashes: number;
  readonly since: number;
}

/** Jobs of one status, and their fees together. */
export interface Tally {
  readonly status: JobStatus;
  readonly jobs: number;
  readonly fees: string;
}

/** `before`: only what has a smaller sequence number; the newest come first. */
export interface Page {
  readonly limit: number;
  readonly before?: number;
}

export interface JobFilter {
  readonly status?: JobStatus;
  readonly version?: string;
  readonly model?: string;
  readonly operator?: string;
  readonly requester?: string;
}

export interface Overview {
  /** The newest block that was read. */
  readonly block: number | null;
  readonly jobs: readonly Tally[];
  readonly models: number;
  readonly versions: number;
  readonly operators: number;
  readonly bonded: string;
  readonly disputes: number;
  readonly openDisputes: number;
  readonly convictions: number;
  readonly slashed: string;
}

/** All events of a deployment, and what follows from them. */
export interface ChainIndex {
  recentBlocks(): Promise<readonly BlockRef[]>;
  advance(to: BlockRef, events: readonly ChainEvent[]): Promise<void>;
  rewind(block: number): Promise<void>;
  /** Changes whenever an answer may. */
  readonly revision: () => number;
  /** Calls the listener after every change, until the function that it returns is called. */
  onChange(listener: () => void): () => void;

  overview(): Promise<Overview>;
  jobs(filter: JobFilter, page: Page): Promise<readonly IndexedJob[]>;
  job(id: string): Promise<IndexedJob | undefined>;
  /** Jobs that were challenged, by their first challenge. */
  disputes(filter: { readonly isOpen?: boolean; readonly operator?: string }, page: Page): Promise<readonly IndexedJob[]>;
  models(page: Page): Promise<readonly IndexedModel[]>;
  model(id: string): Promise<IndexedModel | undefined>;
  versions(filter: { readonly model?: string }, page: Page): Promise<readonly IndexedVersion[]>;
  version(id: string): Promise<IndexedVersion | undefined>;
  operators(page: Page): Promise<readonly IndexedOperator[]>;
  operator(address: string): Promise<IndexedOperator | undefined>;
  /** What became of the jobs of a subject that is no job. */
  tallies(subject: Subject): Promise<readonly Tally[]>;
  /** The oldest first, after a sequence number. */
  events(filter: { readonly subject?: Subject; readonly emitter?: Emitter }, page: { readonly limit: number; readonly after: number }): Promise<readonly IndexedEvent[]>;
  /** One event with all its fields. */
  event(sequence: number): Promise<IndexedEvent | undefined>;
  /** The sequence number of the newest event, or zero. */
  newest(): Promise<number>;
}
