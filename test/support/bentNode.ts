/** A JSON-RPC proxy whose answers a test bends where it likes. */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export type Bent =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
  | { readonly status: number; readonly body: string };

export interface BentNode {
  readonly url: string;
  /** What was asked, by method. */
  readonly asked: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Undefined leaves an answer as it is; a function is told it first. */
export type Bend = (method: string, params: readonly unknown[], ask: () => Promise<unknown>) => Bent | undefined | Promise<Bent | undefined>;

export async function startBentNode(target: string, bend: Bend): Promise<BentNode> {
  const asked = new Map<string, number>();
  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
      asked.set(method, (asked.get(method) ?? 0) + 1);
      const forward = async () => (await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body })).text();
      const bent = await bend(method, params, async () => (JSON.parse(await forward()) as { result?: unknown }).result);
      if (bent !== undefined && "status" in bent) return void response.writeHead(bent.status).end(bent.body);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(bent === undefined ? await forward() : JSON.stringify({ jsonrpc: "2.0", id, ...bent }));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
