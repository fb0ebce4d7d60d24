import type { EventFilter, HistoryIndex, Newest } from "./historyIndex.ts";
import { LONGEST_PAGE, PAGE } from "./requests.ts";
import type { Content, EventFields, IndexedEvent, IndexedJob, IndexedModel, IndexedOperator, IndexedVersion, JobDetail, JobFilter, ModelDetail, OperatorDetail, Overview, Page, VersionDetail } from "./types.ts";

/** Which part of a list: `limit` items, 25 by default and 200 at most, from what `next` of the part before says. */
export interface PageRequest {
  readonly limit?: number;
  readonly cursor?: string;
}

/** Which disputes a list has. */
export interface DisputeFilter {
  readonly state?: "open" | "over";
  readonly operator?: string;
}

/** What is answered of a deployment's history, whoever is asked. Lists begin with the newest, those of events with the oldest; undefined is what is not known. */
export interface Answers {
  /** How many there are of everything. */
  overview(): Promise<Overview>;
  /** Jobs, by their requests. */
  jobs(filter?: JobFilter, page?: PageRequest): Promise<Page<IndexedJob>>;
  /** One job with its input, its output and its first events. */
  job(id: string): Promise<JobDetail | undefined>;
  /** Jobs that were challenged, by their first challenge. */
  disputes(filter?: DisputeFilter, page?: PageRequest): Promise<Page<IndexedJob>>;
  /** Models, by their creation. */
  models(page?: PageRequest): Promise<Page<IndexedModel>>;
  /** One model with its newest versions. */
  model(id: string): Promise<ModelDetail | undefined>;
  /** Versions, by their publication. */
  versions(filter?: { readonly model?: string }, page?: PageRequest): Promise<Page<IndexedVersion>>;
  /** One version with what became of its jobs. */
  version(id: string): Promise<VersionDetail | undefined>;
  /** Operators, by their first bonds. */
  operators(page?: PageRequest): Promise<Page<IndexedOperator>>;
  /** One operator with what became of its jobs. */
  operator(address: string): Promise<OperatorDetail | undefined>;
  /** Events; fields of more than 1,024 characters are left out and named in `omitted`. */
  events(filter?: EventFilter, page?: PageRequest): Promise<Page<IndexedEvent>>;
  /** One event with all its fields. */
  event(sequence: number): Promise<IndexedEvent | undefined>;
}

type Sequenced = { readonly sequence: number };

/** One more is asked for than is given: it shows whether there is a next page. */
async function paged<T extends Sequenced>(limit: number, read: (limit: number) => Promise<readonly T[]>, placeOf = ({ sequence }: T) => sequence): Promise<Page<T>> {
  const found = await read(limit + 1);
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? String(placeOf(items[items.length - 1])) : null };
}

const newestFirst = <T extends Sequenced>({ limit = PAGE, cursor }: PageRequest, read: (page: Newest) => Promise<readonly T[]>, placeOf?: (item: T) => number): Promise<Page<T>> =>
  paged(limit, (most) => read({ limit: most, ...(cursor !== undefined && { before: Number(cursor) }) }), placeOf);

const eventsOf = (index: HistoryIndex, filter: EventFilter, { limit = PAGE, cursor }: PageRequest = { limit: LONGEST_PAGE }): Promise<Page<IndexedEvent>> =>
  paged(limit, (most) => index.events(filter, { limit: most, after: Number(cursor ?? 0) }));

/** What follows from an index. */
export function answersOf(index: HistoryIndex): Answers {
  return {
    overview: () => index.overview(),
    jobs: (filter = {}, page = {}) => newestFirst(page, (newest) => index.jobs(filter, newest)),
    async job(id) {
      const job = await index.job(id);
      return job && { ...job, ...(await contentOf(index, job)) };
    },
    disputes: ({ state, ...filter } = {}, page = {}) =>
      newestFirst(page, (newest) => index.disputes({ ...filter, ...(state && { isOpen: state === "open" }) }, newest), ({ dispute }) => dispute!.sequence),
    models: (page = {}) => newestFirst(page, (newest) => index.models(newest)),
    async model(id) {
      const [model, record, versions] = await Promise.all([index.model(id), index.tallies(`model:${id}`), newestFirst({ limit: LONGEST_PAGE }, (newest) => index.versions({ model: id }, newest))]);
      return model && { ...model, record, versions };
    },
    versions: (filter = {}, page = {}) => newestFirst(page, (newest) => index.versions(filter, newest)),
    async version(id) {
      const [version, record] = await Promise.all([index.version(id), index.tallies(`version:${id}`)]);
      return version && { ...version, record };
    },
    operators: (page = {}) => newestFirst(page, (newest) => index.operators(newest)),
    async operator(address) {
      const subject = `operator:${address}` as const;
      const [operator, record, events] = await Promise.all([index.operator(address), index.tallies(subject), eventsOf(index, { subject })]);
      return operator && { ...operator, record, events };
    },
    events: (filter = {}, page = {}) => eventsOf(index, filter, page),
    event: (sequence) => index.event(sequence),
  };
}

/** A job's input and output, and its first events. */
async function contentOf(index: HistoryIndex, { id }: IndexedJob): Promise<Pick<JobDetail, "input" | "output" | "events">> {
  const events = await eventsOf(index, { subject: `job:${id}` });
  const fieldsOf = async (name: string) => {
    const event = events.items.find((each) => each.name === name);
    return event === undefined || event.omitted.length === 0 ? event?.fields : (await index.event(event.sequence))?.fields;
  };
  const [requested, requestedByRoots, submitted, submittedByRoots] = await Promise.all(["JobRequested", "JobRequestedByRoots", "JobSubmitted", "JobSubmittedByRoots"].map(fieldsOf));
  return { input: contentIn(requested?.input, requestedByRoots), output: contentIn(submitted?.output, submittedByRoots), events };
}

const contentIn = (bytes: unknown, rooted: EventFields | undefined): Content => ({
  bytes: (bytes ?? null) as Content["bytes"],
  roots: (rooted?.roots ?? null) as Content["roots"],
  uri: (rooted?.uri ?? null) as Content["uri"],
});
