import { z } from "zod";
import { transientError, type OpgError } from "../../core/errors.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import type { Hex } from "../../core/hex.ts";
import { decoded, displayUrl } from "../../core/secrets.ts";
import { revertData, sortAnswer } from "./answers.ts";
import type { Answer } from "./answers.ts";

/** Some nodes leave the id out, or say null, where they could not read the question. */
const reply = z
  .object({
    id: z.union([z.number(), z.string()]).nullish(),
    result: z.unknown().optional(),
    error: z.object({ code: z.number().catch(0), message: z.string().catch("no message"), data: z.unknown().optional() }).nullish(),
  })
  .refine((value) => (value.id ?? undefined) !== undefined || (value.error ?? undefined) !== undefined);

/** An answer that is no result, as opposed to no answer. */
export class RpcFault extends Error {
  override readonly name = "RpcFault";
  readonly method: string;
  readonly code: number;
  /** What the EVM reverted with, when it did. */
  readonly revert: Hex | undefined;
  readonly answer: Answer;

  constructor(method: string, error: { code: number; message: string; data?: unknown; status?: number }) {
    super(error.message);
    const { code, message, status } = error;
    this.method = method;
    this.code = code;
    this.revert = revertData(error.data);
    this.answer = sortAnswer({ method, message, revert: this.revert, ...(status === undefined ? { code } : { status }) });
  }
}

export interface EndpointOptions {
  readonly timeoutMs: number;
  readonly maxReplyBytes: number;
}

/** JSON-RPC over HTTP with one node. */
export class Endpoint {
  /** The node's name for people: without credentials. */
  readonly name: string;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #options: EndpointOptions;
  #id = 0;

  constructor(url: string, options: EndpointOptions) {
    const parsed = new URL(url);
    const { username, password } = parsed;
    // fetch refuses an address with credentials in it, and names them while it does.
    parsed.username = parsed.password = "";
    this.name = displayUrl(url);
    this.#url = parsed.href;
    this.#options = options;
    this.#headers = { "content-type": "application/json" };
    if (username !== "" || password !== "") {
      const pair = `${decoded(username)}:${decoded(password)}`;
      this.#headers.authorization = `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
    }
  }

  /** Asks once. Throws an RpcFault where the node answered with one, and a transient error where it did not answer. */
  async ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const id = ++this.#id;
    const { status, text } = await this.#post(method, JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    const answer = parseReply(text);
    if (answer === undefined) {
      if (status >= 400) throw new RpcFault(method, { code: 0, status, message: `HTTP ${status}` });
      throw transientError("RPC_NOT_JSON", `${this.name} did not answer ${method} with JSON-RPC`, { fix: "check network.rpcUrl" });
    }
    const said = answer.error ?? undefined;
    if (said !== undefined) {
      const { code, message, data } = said;
      const fault = new RpcFault(method, { code, message, data });
      // A status says what to do where the words do not; a call that failed comes with any status.
      throw fault.answer === "other" && status >= 400 ? new RpcFault(method, { code, message, data, status }) : fault;
    }
    if (answer.id !== id && answer.id !== String(id)) {
      throw transientError("RPC_NOT_JSON", `${this.name} answered ${method} with the reply to another question`);
    }
    return answer.result ?? null;
  }

  async #post(method: string, body: string): Promise<{ status: number; text: string }> {
    const { timeoutMs, maxReplyBytes } = this.#options;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(this.#url, { method: "POST", headers: this.#headers, body, signal, redirect: "error" });
      return { status: response.status, text: await readText(response, maxReplyBytes) };
    } catch (error) {
      if (error instanceof Error && error.name === "OpgError") throw error;
      throw transientError("RPC_UNREACHABLE", `no answer from ${this.name} to ${method}: ${causeOf(error)}`, {
        fix: "check network.rpcUrl and that the node is running",
      });
    }
  }

  /** A fault that may pass, as the error that says so. */
  describe(fault: RpcFault): OpgError {
    const said = `${this.name} answered ${fault.method}: ${fault.message}`;
    if (fault.answer === "forbidden") {
      return transientError("RPC_FORBIDDEN", `${this.name} refuses access to ${fault.method}: ${fault.message}`, {
        fix: "check network.rpcUrl and the key in it",
      });
    }
    if (fault.answer === "missing") return transientError("RPC_BEHIND", said);
    return transientError("RPC_BUSY", said, { fix: "name a second node in network.rpcUrl, or raise network.pollMs" });
  }
}

function parseReply(text: string): z.infer<typeof reply> | undefined {
  try {
    return reply.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return reasonOf(cause instanceof Error && "code" in cause ? cause : error);
}

async function readText(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limit) throw transientError("RPC_REPLY", `a reply is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
