import { ADDRESS, HASH, MODEL_ID } from "../../../../core/history/requests.ts";
import type { JobFilter } from "../../../../core/history/types.ts";
import { JOB_STATUS } from "../../../../core/jobs/job.ts";

/** What jobs may be of, one at a time, with the form of its id. */
export const PARTIES = { model: MODEL_ID, version: HASH, operator: ADDRESS, requester: ADDRESS } as const;
export type Party = keyof typeof PARTIES;

export const STATUSES = JOB_STATUS.filter((status) => status !== "None");

export const isParty = (name: string): name is Party => name in PARTIES;

/** Whether a text is the id of such a party. */
export const isIdOf = (party: Party, id: string): boolean => new RegExp(PARTIES[party]).test(id);

/** The filter that a page's query names; what is none is left out. */
export function filterIn(search: string): JobFilter {
  const given = new URLSearchParams(search);
  const status = STATUSES.find((each) => each === given.get("status"));
  const party = Object.keys(PARTIES).find((name) => isParty(name) && isIdOf(name, given.get(name)?.toLowerCase() ?? ""));
  return { ...(status && { status }), ...(party !== undefined && { [party]: given.get(party)!.toLowerCase() }) };
}

/** The party in a filter, if there is one. */
export function partyIn(filter: JobFilter): readonly [party: Party, id: string] | undefined {
  const party = Object.keys(filter).find(isParty);
  return party && [party, filter[party]!];
}

/** The address of the list of these jobs. */
export function placeOf(filter: JobFilter): string {
  const search = new URLSearchParams(Object.entries(filter) as [string, string][]).toString();
  return search === "" ? "/jobs" : `/jobs?${search}`;
}
