import type { SpendingLimits } from "../ports.ts";

/** What a watcher judges, and what it puts at risk. */
export interface WatcherPolicy {
  readonly versions: "all" | readonly string[];
  /** Part of the window after which a job whose input nobody serves is challenged. */
  readonly hiddenInputAfter: number;
  /** What such challenges may put at risk in a day. */
  readonly hiddenInputBudget: bigint;
  /** What challenges of results in doubt, and demands in them, may put at risk in a day. */
  readonly doubtBudget: bigint;
  /** What all challenges and demands may put at risk; nothing limits it where it is absent. */
  readonly spending?: SpendingLimits;
}
