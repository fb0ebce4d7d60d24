import type { Wishes } from "../../core/jobs/declining.ts";
import type { NetworkPolicy } from "./network.ts";

/** Whoever finalizes pays for the requester's callback, which is the operator as a rule: hence a limit to its gas. */
export interface OperatorPolicy extends Wishes, NetworkPolicy {
  /** Versions to serve, or all that this host qualifies for. */
  readonly versions: "all" | readonly string[];
  /**
   * Bond that may be put at stake between two such checks; 0 checks every job. A job that stakes as much by itself is
   * always checked.
   */
  readonly bondPerCheck: bigint;
  /** Where this operator's API can be reached. */
  readonly publicUrl: string;
}
