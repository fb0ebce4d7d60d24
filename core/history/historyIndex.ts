import type { Emitter, IndexedEvent, IndexedJob, IndexedModel, IndexedOperator, IndexedVersion, JobFilter, Overview, Subject, Tally } from "./types.ts";

/** `before`: only what has a smaller sequence number; the newest come first. */
export interface Newest {
  readonly limit: number;
  readonly before?: number;
}

/** Which events a list has: those about one subject, and those of one contract. */
export interface EventFilter {
  readonly subject?: Subject;
  readonly emitter?: Emitter;
}

/** What is asked of an index of a deployment's events, wherever it is kept. */
export interface HistoryIndex {
  overview(): Promise<Overview>;
  jobs(filter: JobFilter, page: Newest): Promise<readonly IndexedJob[]>;
  job(id: string): Promise<IndexedJob | undefined>;
  /** Jobs that were challenged, by their first challenge. */
  disputes(filter: { readonly isOpen?: boolean; readonly operator?: string }, page: Newest): Promise<readonly IndexedJob[]>;
  models(page: Newest): Promise<readonly IndexedModel[]>;
  model(id: string): Promise<IndexedModel | undefined>;
  versions(filter: { readonly model?: string }, page: Newest): Promise<readonly IndexedVersion[]>;
  version(id: string): Promise<IndexedVersion | undefined>;
  operators(page: Newest): Promise<readonly IndexedOperator[]>;
  operator(address: string): Promise<IndexedOperator | undefined>;
  /** What became of the jobs of a subject that is no job. */
  tallies(subject: Subject): Promise<readonly Tally[]>;
  /** The oldest first, after a sequence number. */
  events(filter: EventFilter, page: { readonly limit: number; readonly after: number }): Promise<readonly IndexedEvent[]>;
  /** One event with all its fields. */
  event(sequence: number): Promise<IndexedEvent | undefined>;
  /** The sequence number of the newest event, or zero. */
  newest(): Promise<number>;
}
