import { z } from "zod";
import { inputError, messageOf, refusedError, transientError } from "../core/errors.ts";
import { displayUrl } from "../core/secrets.ts";
import type { Hex } from "../ports.ts";

const reply = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
});

/** An error that the node answered with, as opposed to no answer. */
export class RpcFault extends Error {
  override readonly name = "RpcFault";
  readonly method: string;
  readonly code: number;
  /** What the EVM reverted with, when it did. */
  readonly revert: Hex | undefined;

  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super(error.message);
    this.method = method;
    this.code = error.code;
    this.revert = revertData(error.data);
  }
}

/** The road to a node. */
export interface JsonRpc {
  /** The node's name for people. */
  readonly name: string;
  call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T>;
}

export interface RpcOptions {
  readonly url: string;
  readonly timeoutMs?: number;
  readonly maxReplyBytes?: number;
  /** Attempts in all when the node does not answer or asks to slow down. */
  readonly attempts?: number;
}

/** JSON-RPC over HTTP. Every reply passes a schema; silence and overload are retried and then reported as transient. */
export class Rpc implements JsonRpc {
  readonly #options: Required<RpcOptions>;
  #id = 0;

  constructor(options: RpcOptions) {
    this.#options = { timeoutMs: 20_000, maxReplyBytes: 256 * 1024 * 1024, attempts: 4, ...options };
  }

  /** The node's name for people: without credentials. */
  get name(): string {
    return displayUrl(this.#options.url);
  }

  async call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    const result = await this.#request(method, params);
    const parsed = schema.safeParse(result);
    if (!parsed.success) {
      throw refusedError("RPC_REPLY", `${this.name} answered ${method} with something else than asked for`, {
        details: { method, faults: parsed.error.issues.slice(0, 3).map((i) => `${i.path.join(".")}: ${i.message}`) },
      });
    }
    return parsed.data;
  }

  async #request(method: string, params: readonly unknown[]): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(method, params);
      } catch (error) {
        if (error instanceof RpcFault || !isTemporary(error)) throw error;
        if (attempt >= this.#options.attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * 3 ** attempt * (0.5 + Math.random() / 2)));
      }
    }
  }

  async #once(method: string, params: readonly unknown[]): Promise<unknown> {
    const id = ++this.#id;
    let text: string;
    try {
      const response = await fetch(this.#options.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
        signal: AbortSignal.timeout(this.#options.timeoutMs),
        redirect: "error",
      });
      if (response.status === 401 || response.status === 403) {
        throw inputError("RPC_FORBIDDEN", `${this.name} refuses access (HTTP ${response.status})`, {
          fix: "check network.rpcUrl and the key in it",
        });
      }
      text = await readText(response, this.#options.maxReplyBytes);
      if (response.status === 429 || response.status >= 500) {
        // Some nodes answer a reverted call with HTTP 500; a body that is a JSON-RPC reply counts as an answer.
        if (!text.includes('"jsonrpc"')) {
          throw transientError("RPC_BUSY", `${this.name} answered HTTP ${response.status} to ${method}`);
        }
      }
    } catch (error) {
      if (error instanceof Error && error.name === "OpgError") throw error;
      throw transientError("RPC_UNREACHABLE", `no answer from ${this.name} to ${method}: ${causeOf(error)}`, {
        fix: "check network.rpcUrl and that the node is running",
      });
    }
    let parsed: z.infer<typeof reply>;
    try {
      parsed = reply.parse(JSON.parse(text));
    } catch {
      throw transientError("RPC_NOT_JSON", `${this.name} did not answer ${method} with JSON-RPC`, {
        fix: "check network.rpcUrl",
      });
    }
    if (parsed.error !== undefined) throw new RpcFault(method, parsed.error);
    return parsed.result ?? null;
  }
}

function isTemporary(error: unknown): boolean {
  return error instanceof Error && "kind" in error && error.kind === "transient";
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? String(cause.code) : messageOf(error);
}

async function readText(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw refusedError("RPC_REPLY", `a reply is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Nodes put the revert data in different places: plain text, or inside an object under `data`. */
function revertData(data: unknown): Hex | undefined {
  if (typeof data === "string") return /^0x([0-9a-fA-F]{2})*$/.test(data) ? (data as Hex) : undefined;
  if (typeof data === "object" && data !== null && "data" in data) return revertData(data.data);
  return undefined;
}
