import type { HostContext } from "../host/context.ts";
import type { JobState } from "../../core/jobs/state.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainCalls, Store } from "../ports.ts";

/** What every role works with. */
export interface Context extends HostContext {
  readonly address: Hex;
  readonly store: Store;
  readonly calls: ChainCalls;
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
