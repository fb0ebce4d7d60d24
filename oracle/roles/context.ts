import type { OpTwin } from "../core/operators/twin.ts";
import type { JobState } from "../core/jobs/state.ts";
import type { Hex } from "../core/hex.ts";
import type { ChainCalls, ChainReader, Clock, Files, Store, Telemetry, TensorShelf } from "../ports.ts";
import type { VersionHost } from "./versions.ts";

/** What every role works with. */
export interface Context {
  readonly address: Hex;
  readonly store: Store;
  readonly reader: ChainReader;
  readonly calls: ChainCalls;
  readonly files: Files;
  readonly shelf: TensorShelf;
  readonly versions: VersionHost;
  readonly twin: OpTwin;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** A job that is due, and the moment it is looked at. */
export interface Occasion {
  /** The job's id as it is shown and stored. */
  readonly id: string;
  readonly state: JobState;
  /** What the state was made of, as it is stored. */
  readonly events: readonly string[];
  /** Timestamp of the earliest block that a transaction sent now can be in. */
  readonly now: number;
  /** Newest block whose events are in the store. */
  readonly block: number;
}

/**
 * Does one step. Returns the time at which to look again although no event may come, or undefined when the event that
 * the step brings about is enough.
 */
export type StepHandler = (occasion: Occasion) => Promise<number | undefined>;

/** What the work on a job takes that needs its model and no key. */
export type TaskContext = Pick<Context, "reader" | "files" | "shelf" | "versions" | "twin" | "clock" | "telemetry">;
