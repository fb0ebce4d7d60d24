import { Readable } from "node:stream";
import etag from "@fastify/etag";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import type { IndexedEvent, Subject } from "../../../core/history/types.ts";
import type { ChainIndex } from "../../ports.ts";
import { Problem, problemOf } from "./problem.ts";
import { addRoutes } from "./routes.ts";
import { COMPONENTS, QUERIES } from "./schemas.ts";
import { BATCH, streamEvents } from "./stream.ts";
import { UntilChange } from "./untilChange.ts";

/** Streams that are open at once: a quarter of all connections. */
const STREAMS = 64;
/** Clients whose requests are counted; beyond them, the one that has not asked for longest is forgotten. */
const CLIENTS = 10_000;

export interface IndexApiOptions {
  /** Of one client; 0 does not count. */
  readonly requestsPerMinute: number;
}

/** Everything below /v1: what the index knows, read-only. */
export const indexApi = (index: ChainIndex, options: IndexApiOptions) => async (app: FastifyInstance): Promise<void> => {
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    return reply.code(problem.statusCode).type("application/problem+json").send(JSON.stringify(problem.body()));
  });
  for (const [name, schema] of Object.entries(COMPONENTS)) app.addSchema({ $id: name, ...schema });
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "OpenGradient Optimistic", description: "Jobs, models, operators and disputes of one deployment, as its events tell them.", version: "1" } },
    refResolver: { buildLocalReference: ({ $id }, _uri, _fragment, i) => (typeof $id === "string" ? $id : `def-${i}`) },
  });
  const isCounted = options.requestsPerMinute > 0;
  if (isCounted) await app.register(rateLimit, { max: options.requestsPerMinute, timeWindow: 60_000, cache: CLIENTS });
  await app.register(etag);
  app.setNotFoundHandler(isCounted ? { preHandler: app.rateLimit() } : {}, (request) => {
    throw new Problem("NOT_FOUND", `${request.method} ${request.url.slice(0, 100)} is no part of this interface; GET /v1/openapi.json lists all`);
  });
  addRoutes(app, index);
  addStream(app, index);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
};

function addStream(app: FastifyInstance, index: ChainIndex): void {
  const closing = new AbortController();
  const batches = new UntilChange<readonly IndexedEvent[]>(index.revision);
  const eventsAfter = (after: number) => batches.get(String(after), () => index.events({}, { limit: BATCH, after }));
  let open = 0;
  /** The event after which a client goes on: the one that it knows, or, of another store, which numbered otherwise, or without one, the newest. */
  const placeOf = async (known: unknown): Promise<number> => {
    const newest = await index.newest();
    return known === undefined ? newest : Math.min(Number(known), newest);
  };
  app.addHook("preClose", async () => closing.abort());
  const schema = {
    operationId: "streamEvents",
    summary: "Events as they come, as server-sent events. With `Last-Event-ID`, those after that one first.",
    querystring: QUERIES.stream,
    headers: { type: "object", properties: { "last-event-id": { type: "string", pattern: "^[0-9]{1,15}$" } } },
    response: { 200: { description: "Each has a sequence number as `id`, the event's name as `event`, and an Event as `data`.", content: { "text/event-stream": { schema: { type: "string" } } } } },
  };
  app.get<{ Querystring: { subject?: Subject } }>("/stream", { schema, exposeHeadRoute: false }, async (request, reply) => {
    if (open >= STREAMS) throw new Problem("TOO_MANY_STREAMS", `${STREAMS} streams are open; come back later, or ask GET /v1/events`);
    // INVARIANT: a place is taken in the turn in which it was found free, and given back once.
    open++;
    const ending = new AbortController();
    ending.signal.addEventListener("abort", () => open--, { once: true });
    reply.raw.once("close", () => ending.abort());
    const from = await placeOf(request.headers["last-event-id"]).catch((error: unknown) => {
      ending.abort();
      throw error;
    });
    const body = Readable.from(streamEvents({ ...index, eventsAfter }, from, request.query.subject, AbortSignal.any([closing.signal, ending.signal])));
    body.once("close", () => ending.abort());
    return reply.header("cache-control", "no-store").header("x-accel-buffering", "no").type("text/event-stream").send(body);
  });
}
