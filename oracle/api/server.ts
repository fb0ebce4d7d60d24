import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import cors from "@fastify/cors";
import { fastify } from "fastify";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { inputError } from "../../core/errors.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainIndex } from "../ports.ts";
import type { ExplorerSettings } from "./explorer/config.ts";
import type { IndexApiOptions } from "./v1/app.ts";

export interface Content {
  readonly length: number;
  readonly stream: Readable;
}

/** What the API gives out; every function answers undefined for what is not there. */
export interface ApiSources {
  /** A tensor of an opened trace, or the roots of all of them, 32 bytes each. */
  readonly tensor: (job: string, id: number | "roots") => Promise<Content | undefined>;
  /** The values of an output that was submitted by its roots. */
  readonly output: (job: string) => Promise<Content | undefined>;
  readonly model: (sha256: Hex) => Promise<Content | undefined>;
  readonly metrics: () => Promise<string>;
  readonly health: () => Promise<{ ok: boolean } & Record<string, unknown>>;
}

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  /** Origins whose pages may read /health and /v1 in a browser, or "*"; by default no others. */
  readonly corsOrigins?: readonly string[];
  /** What is served at /v1, if anything is. */
  readonly index?: (IndexApiOptions & { readonly of: ChainIndex }) | undefined;
  /** What is served at /explorer, if anything is. */
  readonly explorer?: ExplorerSettings | undefined;
}

export interface ApiServer {
  /** `http://host:port` as it was bound. */
  readonly url: string;
  close(): Promise<void>;
}

const outputParams = z.object({ job: z.string().regex(/^0x[0-9a-f]{1,56}$/) });
const tensorParams = outputParams.extend({
  tensor: z.union([z.literal("roots"), z.string().regex(/^(0|[1-9]\d{0,9})$/).transform(Number)]),
});
const modelParams = z.object({ digest: z.string().regex(/^0x[0-9a-f]{64}$/) });

/** Seconds for which browsers remember what they asked before a page's request. */
const PREFLIGHT_SECONDS = 86_400;

/** The read-only HTTP interface: tensors of opened jobs and their roots, values of outputs, model files, health, metrics, the index, and the explorer. */
export async function startApi(sources: ApiSources, { host, port, corsOrigins = [], index, explorer }: ApiOptions): Promise<ApiServer> {
  const server = fastify({
    logger: false,
    bodyLimit: 1,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    routerOptions: { maxParamLength: 80 },
    http: { maxHeaderSize: 8_192 },
    ajv: { customOptions: { removeAdditional: false } },
  });
  server.server.maxConnections = 256;
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "not found" }));
  server.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const { statusCode = 500 } = error;
    return statusCode < 500 ? reply.code(statusCode).send({ error: "bad request" }) : reply.code(500).send({ error: "internal error" });
  });

  server.get("/metrics", async (_request, reply) =>
    reply.type("text/plain; version=0.0.4").send(await sources.metrics()),
  );
  await server.register(async (open) => {
    const methods = ["GET", "HEAD"];
    const origin = corsOrigins.includes("*") ? "*" : corsOrigins.length > 0 && [...corsOrigins];
    await open.register(cors, { origin, methods, exposedHeaders: ["etag", "retry-after"], maxAge: PREFLIGHT_SECONDS });
    addEvidence(open, sources);
    open.get("/health", async (_request, reply) => {
      const health = await sources.health();
      return reply.code(health.ok ? 200 : 503).send(health);
    });
    if (index === undefined) return;
    const { indexApi } = await import("./v1/app.ts");
    await open.register(indexApi(index.of, index), { prefix: "/v1" });
  });
  if (explorer !== undefined) {
    const { addExplorer } = await import("./explorer/routes.ts");
    await addExplorer(server, explorer);
  }

  try {
    await server.listen({ host, port });
  } catch (error) {
    throw inputError("API_PORT", `cannot listen on ${host}:${port}: ${reasonOf(error)}`, {
      fix: "choose another api.host or api.port",
    });
  }
  const [bound] = server.addresses() as AddressInfo[];
  const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { url: `http://${name}:${bound.port}`, close: () => server.close() };
}

/** What jobs are verified with and disputes are played over. Any page may read it: it is public, and whoever reads it knows its hash or its root. */
function addEvidence(app: FastifyInstance, sources: ApiSources): void {
  const route = { config: { cors: { origin: "*" } } };
  app.get("/jobs/:job/tensors/:tensor", route, async (request, reply) => {
    const params = tensorParams.safeParse(request.params);
    return give(reply, params.success ? await sources.tensor(params.data.job, params.data.tensor) : undefined);
  });
  app.get("/jobs/:job/output", route, async (request, reply) => {
    const params = outputParams.safeParse(request.params);
    return give(reply, params.success ? await sources.output(params.data.job) : undefined);
  });
  app.get("/models/:digest", route, async (request, reply) => {
    const params = modelParams.safeParse(request.params);
    return give(reply, params.success ? await sources.model(params.data.digest as Hex) : undefined);
  });
}

function give(reply: FastifyReply, content: Content | undefined): FastifyReply {
  if (content === undefined) return reply.code(404).send({ error: "not found" });
  return reply
    .header("content-length", content.length)
    .header("x-content-type-options", "nosniff")
    .type("application/octet-stream")
    .send(content.stream);
}
