import type { JobFilter } from "./types.ts";

/** Ids as answers and requests have them, as regular expressions. */
export const ADDRESS = "^0x[0-9a-f]{40}$";
export const HASH = "^0x[0-9a-f]{64}$";
/** Of a job: requester and nonce, in hex without leading zeros. */
export const JOB_ID = "^0x[1-9a-f][0-9a-f]{0,55}$";
/** Of a model: its token's number, in decimal. */
export const MODEL_ID = "^[1-9][0-9]{0,77}$";
export const SUBJECT = "^(job|operator|model|version):[0-9a-fx]+$";
export const CURSOR = "^[0-9]{1,15}$";

/** Items of a page, by default and at most. */
export const PAGE = 25;
export const LONGEST_PAGE = 200;

/** What a list of jobs is filtered by beside their status; one of them at a time. */
const PARTIES = ["version", "model", "operator", "requester"] as const;

/** What is wrong with a filter; undefined if nothing is. INVARIANT: every list that can be asked for has an index, so that no request costs more than its page. */
export function faultOfFilter(filter: JobFilter): string | undefined {
  const named = PARTIES.filter((name) => filter[name] !== undefined);
  return named.length > 1 ? `a list of jobs is filtered by one of ${PARTIES.join(", ")}, not by ${named.join(" and ")}` : undefined;
}
