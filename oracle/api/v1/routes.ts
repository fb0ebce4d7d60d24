import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { createHash } from "node:crypto";
import type { ChainIndex, Emitter, EventFields, Hex, IndexedEvent, IndexedJob, JobFilter, Page, Subject } from "../../ports.ts";
import { Problem } from "./problem.ts";
import { ADDRESS, component, HASH, JOB_ID, LONGEST_PAGE, MODEL_ID, QUERIES, SEQUENCE } from "./schemas.ts";
import { UntilChange } from "./untilChange.ts";

/** The query of a list, once it was checked. */
type ListQuery<F = object> = F & { readonly limit: number; readonly cursor?: string };

interface Route<P, Q> {
  readonly path: string;
  /** In the OpenAPI document, and the name of the operation in clients made of it. */
  readonly operationId: string;
  readonly summary: string;
  /** Name and schema of the part of the path that is a variable. */
  readonly param?: Readonly<Record<string, object>>;
  readonly query: object;
  /** Name of the answer's schema. */
  readonly answer: string;
  /** Undefined where there is no such thing. */
  readonly read: (params: P, query: Q) => Promise<object | undefined>;
}

/** An answer as it was written down. */
interface Written {
  readonly body: string;
  readonly etag: string;
}

interface Paged<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** One more is asked for than is given: it shows whether there is a next page. */
async function paged<T extends { readonly sequence: number }>(limit: number, read: (limit: number) => Promise<readonly T[]>, placeOf = ({ sequence }: T) => sequence): Promise<Paged<T>> {
  const found = await read(limit + 1);
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? String(placeOf(items[items.length - 1])) : null };
}

const newestFirst = <T extends { readonly sequence: number }>({ limit, cursor }: ListQuery, read: (page: Page) => Promise<readonly T[]>, placeOf?: (item: T) => number) =>
  paged(limit, (most) => read({ limit: most, ...(cursor !== undefined && { before: Number(cursor) }) }), placeOf);

const eventsOf = (index: ChainIndex, filter: { subject?: Subject; emitter?: Emitter }, { limit, cursor }: ListQuery = { limit: LONGEST_PAGE }): Promise<Paged<IndexedEvent>> =>
  paged(limit, (most) => index.events(filter, { limit: most, after: Number(cursor ?? 0) }));

/** Every route of /v1 that answers with JSON. */
export function addRoutes(app: FastifyInstance, index: ChainIndex): void {
  const answers = new UntilChange<Written>(index.revision);

  function add<P = object, Q = object>({ path, operationId, summary, param, query, answer, read }: Route<P, Q>): void {
    const params = param && { type: "object", properties: param, required: Object.keys(param) };
    const errors = { "4xx": { description: "What is wrong.", ...problem }, "5xx": { description: "What is wrong.", ...problem } };
    const response = { 200: { description: summary, ...component(answer) }, ...errors };
    const schema = { operationId, summary, querystring: query, response, ...(params !== undefined && { params }) };
    const write = async (request: FastifyRequest, reply: FastifyReply): Promise<Written> => {
      const found = await read(request.params as P, request.query as Q);
      if (found === undefined) throw new Problem("NOT_FOUND", `${request.url} is not in the index`);
      const body = String(reply.serialize(found));
      return { body, etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"` };
    };
    app.get(path, { schema }, async (request, reply) => {
      const { body, etag } = await answers.get(request.url, () => write(request, reply));
      return reply.header("etag", etag).header("cache-control", "no-cache").type("application/json; charset=utf-8").send(body);
    });
  }

  add({ path: "/overview", operationId: "getOverview", summary: "How many there are of everything.", query: QUERIES.none, answer: "Overview", read: () => index.overview() });
  addJobs(add, index);
  addModels(add, index);
  addOperators(add, index);
  add<object, ListQuery<{ subject?: Subject; emitter?: Emitter }>>({
    path: "/events",
    operationId: "listEvents",
    summary: "Events in the order of the chain, the oldest first.",
    query: QUERIES.events,
    answer: "EventPage",
    read: (_, { subject, emitter, ...page }) => eventsOf(index, { ...(subject && { subject }), ...(emitter && { emitter }) }, page),
  });
  add<{ sequence: number }>({
    path: "/events/:sequence",
    operationId: "getEvent",
    summary: "One event with all of its fields.",
    param: { sequence: SEQUENCE },
    query: QUERIES.none,
    answer: "Event",
    read: ({ sequence }) => index.event(sequence),
  });
}

type Add = <P = object, Q = object>(route: Route<P, Q>) => void;

const problem = { content: { "application/problem+json": { schema: component("Problem") } } };

/** What a list of jobs is filtered by beside their status; one of them at a time. */
const PARTIES = ["version", "model", "operator", "requester"] as const;

function addJobs(add: Add, index: ChainIndex): void {
  add<object, ListQuery<JobFilter>>({
    path: "/jobs",
    operationId: "listJobs",
    summary: "Jobs, the newest first.",
    query: QUERIES.jobs,
    answer: "JobPage",
    read(_, { limit, cursor, ...filter }) {
      // INVARIANT: every list that can be asked for has an index, so that no request costs more than its page.
      const named = PARTIES.filter((name) => filter[name] !== undefined);
      if (named.length > 1) throw new Problem("INVALID_REQUEST", `querystring may have one of ${PARTIES.join(", ")}, not ${named.join(" and ")}`);
      return newestFirst({ limit, ...(cursor && { cursor }) }, (page) => index.jobs(filter, page));
    },
  });
  add<{ job: string }>({
    path: "/jobs/:job",
    operationId: "getJob",
    summary: "One job with its input, its output as far as there is one, and its first events.",
    param: { job: JOB_ID },
    query: QUERIES.none,
    answer: "JobDetail",
    async read({ job: id }) {
      const job = await index.job(id);
      return job && { ...job, ...(await contentOf(index, job)) };
    },
  });
  add<object, ListQuery<{ state?: "open" | "over"; operator?: Hex }>>({
    path: "/disputes",
    operationId: "listDisputes",
    summary: "Jobs that were challenged, the newest challenge first. The moves are the job's events of `game`.",
    query: QUERIES.disputes,
    answer: "JobPage",
    read: (_, { state, operator, ...page }) =>
      newestFirst(page, (wanted) => index.disputes({ ...(state && { isOpen: state === "open" }), ...(operator && { operator }) }, wanted), ({ dispute }) => dispute!.sequence),
  });
}

async function contentOf(index: ChainIndex, { id }: IndexedJob) {
  const events = await eventsOf(index, { subject: `job:${id}` });
  const fieldsOf = async (name: string) => {
    const event = events.items.find((each) => each.name === name);
    return event === undefined || event.omitted.length === 0 ? event?.fields : (await index.event(event.sequence))?.fields;
  };
  const [requested, requestedByRoots, submitted, submittedByRoots] = await Promise.all(["JobRequested", "JobRequestedByRoots", "JobSubmitted", "JobSubmittedByRoots"].map(fieldsOf));
  const content = (bytes: EventFields[string], rooted: EventFields | undefined) => ({ bytes: bytes ?? null, roots: rooted?.roots ?? null, uri: rooted?.uri ?? null });
  return { input: content(requested?.input, requestedByRoots), output: content(submitted?.output, submittedByRoots), events };
}

function addModels(add: Add, index: ChainIndex): void {
  add<object, ListQuery>({
    path: "/models",
    operationId: "listModels",
    summary: "Models, the newest first.",
    query: QUERIES.page,
    answer: "ModelPage",
    read: (_, page) => newestFirst(page, (wanted) => index.models(wanted)),
  });
  add<{ model: string }>({
    path: "/models/:model",
    operationId: "getModel",
    summary: "One model with its newest versions, and what became of its jobs.",
    param: { model: MODEL_ID },
    query: QUERIES.none,
    answer: "ModelDetail",
    async read({ model: id }) {
      const [model, record, versions] = await Promise.all([index.model(id), index.tallies(`model:${id}`), newestFirst({ limit: LONGEST_PAGE }, (page) => index.versions({ model: id }, page))]);
      return model && { ...model, record, versions };
    },
  });
  add<object, ListQuery<{ model?: string }>>({
    path: "/versions",
    operationId: "listVersions",
    summary: "Versions of models, the newest first.",
    query: QUERIES.versions,
    answer: "VersionPage",
    read: (_, { model, ...page }) => newestFirst(page, (wanted) => index.versions(model === undefined ? {} : { model }, wanted)),
  });
  add<{ version: Hex }>({
    path: "/versions/:version",
    operationId: "getVersion",
    summary: "One version, and what became of its jobs.",
    param: { version: HASH },
    query: QUERIES.none,
    answer: "VersionDetail",
    async read({ version: id }) {
      const [version, record] = await Promise.all([index.version(id), index.tallies(`version:${id}`)]);
      return version && { ...version, record };
    },
  });
}

function addOperators(add: Add, index: ChainIndex): void {
  add<object, ListQuery>({
    path: "/operators",
    operationId: "listOperators",
    summary: "Operators, the one that bonded last first.",
    query: QUERIES.page,
    answer: "OperatorPage",
    read: (_, page) => newestFirst(page, (wanted) => index.operators(wanted)),
  });
  add<{ operator: Hex }>({
    path: "/operators/:operator",
    operationId: "getOperator",
    summary: "One operator: its bond with the first events of it, and what became of its jobs.",
    param: { operator: ADDRESS },
    query: QUERIES.none,
    answer: "OperatorDetail",
    async read({ operator: address }) {
      const [operator, record, events] = await Promise.all([index.operator(address), index.tallies(`operator:${address}`), eventsOf(index, { subject: `operator:${address}` })]);
      return operator && { ...operator, record, events };
    },
  });
}
