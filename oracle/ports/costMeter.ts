import type { ModelBytes, RuntimeTensor } from "../../core/runtime.ts";

/** CPU time of one run, in milliseconds: medians. */
export interface Cost {
  /** The publisher's file at the runtime's default optimisation. */
  readonly source: number;
  /** The canonical file in the pinned options. */
  readonly canonical: number;
  /** How many times the source's the canonical file's is. */
  readonly ratio: number;
}

/** Measures what the canonical form costs; both files run on one thread. */
export interface CostMeter {
  compare(source: ModelBytes, canonical: ModelBytes, feeds: ReadonlyMap<string, RuntimeTensor>): Promise<Cost>;
}
