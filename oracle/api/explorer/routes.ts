import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { explorerConfig, type ExplorerSettings } from "./config.ts";
import { readExplorer, staticFile, type StaticFile } from "./files.ts";

const YEAR = 31_536_000;
const PAGE = "index.html";

/** The policy that the page itself names, and what only a header can say: that no other page may show it in a frame. */
function policyOf(page: StaticFile | undefined): string {
  const [, policy] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page?.body.toString() ?? "") ?? [];
  if (policy === undefined) throw new Error(`the explorer's ${PAGE} names no Content-Security-Policy`);
  return `${policy}; frame-ancestors 'none'`;
}

const takesGzip = ({ headers }: FastifyRequest): boolean => /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(headers["accept-encoding"] ?? ""));

/** Everything below /explorer: the page's files and what the page is told, `explorer.json`. Whoever comes to / is led there. */
export async function addExplorer(app: FastifyInstance, settings: ExplorerSettings): Promise<void> {
  const told = await staticFile("explorer.json", Buffer.from(JSON.stringify(explorerConfig(settings))));
  const files = new Map([...(await readExplorer(settings.folder)), ["explorer.json", told]]);
  const policy = policyOf(files.get(PAGE));

  function give(request: FastifyRequest, reply: FastifyReply, { type, body, gzipped, etag, isImmutable }: StaticFile): FastifyReply {
    void reply
      .header("cache-control", isImmutable ? `public, max-age=${YEAR}, immutable` : "no-cache")
      .header("content-security-policy", policy)
      .header("etag", etag)
      .header("referrer-policy", "no-referrer")
      .header("vary", "accept-encoding")
      .header("x-content-type-options", "nosniff");
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    void reply.type(type);
    return gzipped !== undefined && takesGzip(request) ? reply.header("content-encoding", "gzip").send(gzipped) : reply.send(body);
  }

  // Relative, so that it leads there from below any path of a reverse proxy.
  for (const path of ["/", "/explorer"]) app.get(path, (_request, reply) => reply.redirect("./explorer/"));
  app.get<{ Params: { "*": string } }>("/explorer/*", (request, reply) => {
    const file = files.get(request.params["*"] || PAGE);
    return file === undefined ? reply.callNotFound() : give(request, reply, file);
  });
}
