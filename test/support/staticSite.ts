/** A folder as any file server serves it, below a path. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

export interface StaticSite {
  /** Ends with a slash. */
  readonly url: string;
  close(): void;
}

/** @param base begins and ends with a slash */
export async function serveFolder(folder: string, base: string): Promise<StaticSite> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname));
    const file = path.endsWith("/") ? `${path}index.html` : path;
    if (!path.startsWith(base)) return void response.writeHead(404).end();
    readFile(join(folder, file.slice(base.length))).then(
      (body) => response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream").end(body),
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
