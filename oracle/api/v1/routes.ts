import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { createHash } from "node:crypto";
import { answersOf, type Answers, type DisputeFilter } from "../../../core/history/answers.ts";
import type { EventFilter } from "../../../core/history/historyIndex.ts";
import { faultOfFilter } from "../../../core/history/requests.ts";
import type { JobFilter } from "../../../core/history/types.ts";
import type { ChainIndex } from "../../ports.ts";
import { Problem } from "./problem.ts";
import { ADDRESS, component, HASH, JOB_ID, MODEL_ID, QUERIES, SEQUENCE } from "./schemas.ts";
import { UntilChange } from "./untilChange.ts";

/** The query of a list, once it was checked: which items, and which part of them. */
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

/** Every route of /v1 that answers with JSON. */
export function addRoutes(app: FastifyInstance, index: ChainIndex): void {
  const written = new UntilChange<Written>(index.revision);
  const answers = answersOf(index);

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
      const { body, etag } = await written.get(request.url, () => write(request, reply));
      return reply.header("etag", etag).header("cache-control", "no-cache").type("application/json; charset=utf-8").send(body);
    });
  }

  add({ path: "/overview", operationId: "getOverview", summary: "How many there are of everything.", query: QUERIES.none, answer: "Overview", read: answers.overview });
  addJobs(add, answers);
  addModels(add, answers);
  addOperators(add, answers);
  add<object, ListQuery<EventFilter>>({
    path: "/events",
    operationId: "listEvents",
    summary: "Events in the order of the chain, the oldest first.",
    query: QUERIES.events,
    answer: "EventPage",
    read: (_, query) => answers.events(query, query),
  });
  add<{ sequence: number }>({
    path: "/events/:sequence",
    operationId: "getEvent",
    summary: "One event with all of its fields.",
    param: { sequence: SEQUENCE },
    query: QUERIES.none,
    answer: "Event",
    read: ({ sequence }) => answers.event(sequence),
  });
}

type Add = <P = object, Q = object>(route: Route<P, Q>) => void;

const problem = { content: { "application/problem+json": { schema: component("Problem") } } };

function addJobs(add: Add, answers: Answers): void {
  add<object, ListQuery<JobFilter>>({
    path: "/jobs",
    operationId: "listJobs",
    summary: "Jobs, the newest first.",
    query: QUERIES.jobs,
    answer: "JobPage",
    read(_, query) {
      const fault = faultOfFilter(query);
      if (fault !== undefined) throw new Problem("INVALID_REQUEST", fault);
      return answers.jobs(query, query);
    },
  });
  add<{ job: string }>({
    path: "/jobs/:job",
    operationId: "getJob",
    summary: "One job with its input, its output as far as there is one, and its first events.",
    param: { job: JOB_ID },
    query: QUERIES.none,
    answer: "JobDetail",
    read: ({ job }) => answers.job(job),
  });
  add<object, ListQuery<DisputeFilter>>({
    path: "/disputes",
    operationId: "listDisputes",
    summary: "Jobs that were challenged, the newest challenge first. The moves are the job's events of `game`.",
    query: QUERIES.disputes,
    answer: "JobPage",
    read: (_, query) => answers.disputes(query, query),
  });
}

function addModels(add: Add, answers: Answers): void {
  add<object, ListQuery>({
    path: "/models",
    operationId: "listModels",
    summary: "Models, the newest first.",
    query: QUERIES.page,
    answer: "ModelPage",
    read: (_, page) => answers.models(page),
  });
  add<{ model: string }>({
    path: "/models/:model",
    operationId: "getModel",
    summary: "One model with its newest versions, and what became of its jobs.",
    param: { model: MODEL_ID },
    query: QUERIES.none,
    answer: "ModelDetail",
    read: ({ model }) => answers.model(model),
  });
  add<object, ListQuery<{ model?: string }>>({
    path: "/versions",
    operationId: "listVersions",
    summary: "Versions of models, the newest first.",
    query: QUERIES.versions,
    answer: "VersionPage",
    read: (_, query) => answers.versions(query, query),
  });
  add<{ version: string }>({
    path: "/versions/:version",
    operationId: "getVersion",
    summary: "One version, and what became of its jobs.",
    param: { version: HASH },
    query: QUERIES.none,
    answer: "VersionDetail",
    read: ({ version }) => answers.version(version),
  });
}

function addOperators(add: Add, answers: Answers): void {
  add<object, ListQuery>({
    path: "/operators",
    operationId: "listOperators",
    summary: "Operators, the one that bonded last first.",
    query: QUERIES.page,
    answer: "OperatorPage",
    read: (_, page) => answers.operators(page),
  });
  add<{ operator: string }>({
    path: "/operators/:operator",
    operationId: "getOperator",
    summary: "One operator: its bond with the first events of it, and what became of its jobs.",
    param: { operator: ADDRESS },
    query: QUERIES.none,
    answer: "OperatorDetail",
    read: ({ operator }) => answers.operator(operator),
  });
}
