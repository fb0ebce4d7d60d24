/** A JSON-RPC proxy that fails the way that nodes in the field do, at random and reproducibly. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Random } from "./random.ts";

type Json = unknown;
interface Reply {
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Json };
}
interface Question {
  readonly id: number;
  readonly method: string;
  readonly params: readonly Json[];
}

/** What comes in place of the true reply: another reply, other bytes, or nothing at all. */
type Failure =
  | { readonly kind: "reply"; readonly reply: Reply; readonly id?: null }
  | { readonly kind: "http"; readonly status: number; readonly body: string }
  /** The connection ends; `after` says that the node has worked on the question all the same. */
  | { readonly kind: "silence"; readonly after: boolean };

interface FaultKind {
  readonly name: string;
  /** Methods that fail so; all without it. */
  readonly methods?: RegExp;
  /** Only where this is asked about. */
  readonly tag?: string;
  readonly failure: Failure;
}

const saying = (code: number, message: string, data?: Json): Failure => ({ kind: "reply", reply: { error: { code, message, ...(data !== undefined && { data }) } } });
const instead = (value: Json): Failure => ({ kind: "reply", reply: { result: value } });
const http = (status: number, body = ""): Failure => ({ kind: "http", status, body });

/** Faults of nodes as users reported them. */
export const FAULTS: readonly FaultKind[] = [
  { name: "HTTP 401", failure: http(401) },
  { name: "HTTP 403", failure: http(403, "Forbidden") },
  { name: "HTTP 429", failure: http(429, "slow down") },
  { name: "HTTP 502 with a page", failure: http(502, "<html>bad gateway</html>") },
  { name: "HTTP 503", failure: http(503) },
  { name: "429 as JSON-RPC", failure: saying(429, "Your app has exceeded its compute units per second capacity") },
  { name: "-32005", failure: saying(-32_005, "limit exceeded") },
  { name: "an error with id null", failure: { kind: "reply", reply: { error: { code: -32_700, message: "could not process the request" } }, id: null } },
  { name: "missing trie node", methods: /^eth_(call|estimateGas|getCode|getTransactionCount)$/, failure: saying(-32_000, "missing trie node 1f (path )") },
  { name: "header not found", methods: /^eth_(call|estimateGas|getCode|getTransactionCount)$/, failure: saying(-32_000, "header not found") },
  { name: "0x", methods: /^eth_(call|getCode)$/, failure: instead("0x") },
  { name: "null", failure: instead(null) },
  { name: "a late receipt", methods: /^eth_getTransactionReceipt$/, failure: instead(null) },
  { name: "an index in progress", methods: /^eth_getTransaction(Receipt|ByHash)$/, failure: saying(-32_000, "transaction indexing is in progress") },
  { name: "no logs", methods: /^eth_getLogs$/, failure: instead([]) },
  { name: "HTTP 504 on logs", methods: /^eth_getLogs$/, failure: http(504) },
  { name: "HTTP 413 on logs", methods: /^eth_getLogs$/, failure: http(413) },
  { name: "an estimate of 50 million", methods: /^eth_estimateGas$/, failure: instead("0x2faf080") },
  { name: "no pending tag", tag: "pending", failure: saying(-32_000, "pending block is not available") },
  { name: "a full pool", methods: /^eth_sendRawTransaction$/, failure: saying(-32_000, "txpool is full") },
  { name: "a connection that ends before", failure: { kind: "silence", after: false } },
  { name: "a connection that ends after", failure: { kind: "silence", after: true } },
];

export interface FaultyNode {
  readonly url: string;
  /** How often each fault was given. */
  readonly given: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export interface Rates {
  /** Part of the calls that fail. */
  readonly faults: number;
  /** Part of the calls that a replica answers which is behind. */
  readonly behind: number;
  /** Blocks that a replica may be behind. */
  readonly lag: number;
}

export async function startFaultyNode(target: string, rates: Rates, seed: number): Promise<FaultyNode> {
  const random = new Random(seed);
  const given = new Map<string, number>();
  const count = (name: string) => given.set(name, (given.get(name) ?? 0) + 1);
  const chance = (part: number): boolean => random.u32() / 2 ** 32 < part;

  async function ask(method: string, params: readonly Json[]): Promise<Reply> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = (await response.json()) as Reply;
    return error === undefined ? { result } : { error };
  }

  async function answer({ id, method, params }: Question, response: ServerResponse): Promise<void> {
    const send = (reply: Reply, as: number | null = id) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: as, ...reply }));
    };
    if (chance(rates.faults)) {
      const { name, failure } = random.pick(FAULTS.filter(({ methods, tag }) => (methods?.test(method) ?? true) && (tag === undefined || params.includes(tag))));
      count(name);
      if (failure.kind === "reply") return send(failure.reply, failure.id === null ? null : id);
      if (failure.kind === "http") return void response.writeHead(failure.status).end(failure.body);
      if (failure.after) await ask(method, params);
      return void response.destroy();
    }
    if (rates.lag === 0 || !chance(rates.behind)) return send(await ask(method, params));
    count("a replica that is behind");
    return send(await behind(method, params, 1 + (random.u32() % rates.lag)));
  }

  /** The reply of a replica that has not got the last `lag` blocks. */
  async function behind(method: string, params: readonly Json[], lag: number): Promise<Reply> {
    const head = Math.max(0, Number((await ask("eth_blockNumber", [])).result) - lag);
    const tag = `0x${head.toString(16)}`;
    const lacks = (value: Json): boolean => typeof value === "string" && value.startsWith("0x") && Number(value) > head;
    const isTag = (value: Json): boolean => value === "latest" || value === "pending";
    const unknown: Reply = { error: { code: -32_000, message: "header not found" } };
    if (method === "eth_blockNumber") return { result: tag };
    if (method === "eth_getBlockByNumber") {
      const [block, full] = params;
      return lacks(block) ? { result: null } : ask(method, [isTag(block) ? tag : block, full]);
    }
    if (/^eth_(call|estimateGas|getCode|getTransactionCount|getBalance)$/.test(method)) {
      const [what, block] = params;
      return lacks(block) ? unknown : ask(method, [what, isTag(block) || block === undefined ? tag : block]);
    }
    const reply = await ask(method, params);
    if (method === "eth_getLogs" && Array.isArray(reply.result)) {
      return { result: (reply.result as { blockNumber: string }[]).filter((log) => !lacks(log.blockNumber)) };
    }
    if (/^eth_getTransaction(Receipt|ByHash)$/.test(method)) {
      return lacks((reply.result as { blockNumber: string } | null)?.blockNumber) ? { result: null } : reply;
    }
    return reply;
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      answer(JSON.parse(Buffer.concat(chunks).toString()) as Question, response).catch(() => response.destroy());
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
