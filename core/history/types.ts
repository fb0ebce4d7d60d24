import type { Hex } from "../hex.ts";
import type { JobStatus } from "../jobs/job.ts";

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

/** The dispute over a job, from its first challenge on. Times in Unix seconds. */
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

/** A model and who owns it now. */
export interface IndexedModel {
  readonly id: string;
  readonly sequence: number;
  readonly owner: string;
  readonly uri: string;
  readonly createdAt: number;
}

/** A version with what it fixes and the least terms of its jobs. Amounts in base units of OPG, window in seconds, share in basis points. */
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

/** An account with its bond to the jobs registry. Amounts in base units of OPG, times in Unix seconds. */
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

/** Which jobs a list has: those of a status, and of at most one of the others. */
export interface JobFilter {
  readonly status?: JobStatus;
  readonly version?: string;
  readonly model?: string;
  readonly operator?: string;
  readonly requester?: string;
}

/** How many there are of everything. Amounts in base units of OPG. */
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

/** A part of a list. `next` is the cursor of the part after it, null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** An input or an output as the chain has it: its bytes in hex, or the roots of its tensors and where their values are served. */
export interface Content {
  readonly bytes: string | null;
  readonly roots: readonly string[] | null;
  readonly uri: string | null;
}

export interface JobDetail extends IndexedJob {
  readonly input: Content;
  readonly output: Content;
  /** The first of them. */
  readonly events: Page<IndexedEvent>;
}

/** A model with its newest versions. */
export interface ModelDetail extends IndexedModel {
  /** What became of its jobs. */
  readonly record: readonly Tally[];
  /** The newest of them. */
  readonly versions: Page<IndexedVersion>;
}

/** A version with what became of its jobs. */
export interface VersionDetail extends IndexedVersion {
  readonly record: readonly Tally[];
}

/** An operator with what became of its jobs, and the events of its bond. */
export interface OperatorDetail extends IndexedOperator {
  readonly record: readonly Tally[];
  /** Of its bond, the first of them. */
  readonly events: Page<IndexedEvent>;
}
