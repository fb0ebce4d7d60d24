import { OpgError, refusedError, transientError } from "../../core/errors.ts";
import { faultOf, reasonOf } from "./faults.ts";
import type { StoreFault } from "./faults.ts";

/** What a store cannot come back from while the daemon runs: whoever goes on would answer and send without its memory. */
const FINAL = new Set(["STORE_EMPTIED", "STORE_BROKEN", "STORE_TAKEN"]);

export const isFinal = (error: unknown): error is OpgError => error instanceof OpgError && FINAL.has(error.code);

/** What starting anew means, for the one who has to decide it. */
export const ANEW =
  "the daemon then reads the chain again from the deployment on and computes results, verdicts and qualifications anew; " +
  "lost are the salts of accusations under way, which it has to commit to again, behind whoever committed meanwhile, and " +
  "what it knew of transactions in flight: let those be mined first, or the same step may be paid for twice";

/** How to start anew, when nothing can be restored. */
const WAY_OUT = `stop writing to it and restore it from a backup; without one, move the dataDir away (and empty the database, if there is one) and start again: ${ANEW}`;

/** `place` says where the store is, as it is to be shown. */
export function storeError(fault: StoreFault, place: string, reason: string, cause?: unknown): OpgError {
  switch (fault) {
    case "unreachable":
      return transientError("STORE_UNREACHABLE", `the store at ${place} does not answer: ${reason}`, {
        fix: "check that the server runs and takes writes, and store.url; it is tried again",
        cause,
      });
    case "busy":
      return transientError("STORE_BUSY", `the store at ${place} cannot do it now: ${reason}`, { fix: "it is tried again", cause });
    case "full":
      return transientError("STORE_FULL", `the disk of the store at ${place} is full: ${reason}`, {
        fix: "make room there; until then nothing is recorded, and nothing is sent that is not recorded",
        cause,
      });
    case "emptied":
      return refusedError("STORE_EMPTIED", `the store at ${place} was emptied: ${reason}`, { fix: WAY_OUT, cause });
    case "broken":
      return refusedError("STORE_BROKEN", `the store at ${place} is damaged: ${reason}`, { fix: WAY_OUT, cause });
  }
}

/** The same error in words for the operator; what no database said stays what it is. */
export function explain(error: unknown, place: string): unknown {
  if (error instanceof OpgError) return error;
  const fault = faultOf(error);
  return fault === undefined ? error : storeError(fault, place, reasonOf(error), error);
}
