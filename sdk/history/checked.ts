import type { Answers, PageRequest } from "../../core/history/answers.ts";
import { ADDRESS, CURSOR, faultOfFilter, HASH, JOB_ID, LONGEST_PAGE, MODEL_ID, SUBJECT } from "../../core/history/requests.ts";
import type { JobFilter, Subject } from "../../core/history/types.ts";
import { OpgError } from "../errors.ts";

const refuse = (message: string, remedy: string): never => {
  throw new OpgError("INVALID_REQUEST", message, remedy);
};

/** An id in small letters. */
function id(what: string, text: string, pattern: string): string {
  const lower = text.toLowerCase();
  return new RegExp(pattern).test(lower) ? lower : refuse(`${JSON.stringify(text).slice(0, 100)} is not ${what}`, "give it as the answers have it");
}

const IDS = {
  job: (text: string) => id("a job's id", text, JOB_ID),
  model: (text: string) => id("a model's number", text, MODEL_ID),
  version: (text: string) => id("a version's id", text, HASH),
  operator: (text: string) => id("an address", text, ADDRESS),
  requester: (text: string) => id("an address", text, ADDRESS),
  subject: (text: string) => id("job:ID, operator:ADDRESS, model:ID or version:ID", text, SUBJECT) as Subject,
};

/** A filter with its ids checked, without what is undefined. */
function filtered<F extends object>(filter: F): F {
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined) as [string, string][];
  return Object.fromEntries(entries.map(([name, value]) => [name, name in IDS ? IDS[name as keyof typeof IDS](value) : value])) as F;
}

function page({ limit, cursor }: PageRequest): PageRequest {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= LONGEST_PAGE)) refuse(`a page of ${limit} items is asked for`, `ask for 1 to ${LONGEST_PAGE}`);
  if (cursor !== undefined && !new RegExp(CURSOR).test(cursor)) refuse(`${JSON.stringify(cursor).slice(0, 100)} is no cursor`, "give `next` of the page before");
  return { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
}

function jobFilter(filter: JobFilter): JobFilter {
  const checked = filtered(filter);
  const fault = faultOfFilter(checked);
  return fault === undefined ? checked : refuse(fault, "ask by one of them, and filter what comes");
}

export const checkedSubject = IDS.subject;

/** The same answers; what is malformed is refused before anybody is asked, and ids may have capitals. */
export function checked(answers: Answers): Answers {
  return {
    overview: () => answers.overview(),
    jobs: async (filter = {}, part = {}) => answers.jobs(jobFilter(filter), page(part)),
    job: async (job) => answers.job(IDS.job(job)),
    disputes: async (filter = {}, part = {}) => answers.disputes(filtered(filter), page(part)),
    models: async (part = {}) => answers.models(page(part)),
    model: async (model) => answers.model(IDS.model(model)),
    versions: async (filter = {}, part = {}) => answers.versions(filtered(filter), page(part)),
    version: async (version) => answers.version(IDS.version(version)),
    operators: async (part = {}) => answers.operators(page(part)),
    operator: async (operator) => answers.operator(IDS.operator(operator)),
    events: async (filter = {}, part = {}) => answers.events(filtered(filter), page(part)),
    event: async (sequence) => {
      if (!Number.isSafeInteger(sequence) || sequence < 0) refuse(`${sequence} is no sequence number`, "give that of an event");
      return answers.event(sequence);
    },
  };
}
