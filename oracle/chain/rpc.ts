import type { z } from "zod";
import { OpgError, transientError } from "../../core/errors.ts";
import { Endpoint, RpcFault } from "./endpoint.ts";

export { RpcFault } from "./endpoint.ts";

/** The road to the chain. */
export interface JsonRpc {
  /** The nodes' names for people. */
  readonly name: string;
  call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T>;
  /** The same answer from as many nodes as money asks for: two, where two or more are configured and answer. */
  agreed<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T>;
}

export interface RpcOptions {
  /** The first that answers is asked; the others stand in for it. */
  readonly urls: readonly string[];
  readonly timeoutMs?: number;
  readonly maxReplyBytes?: number;
  /** Rounds through the nodes before a failure is told. */
  readonly attempts?: number;
  /** Told when another node has to stand in. */
  readonly onFailover?: (from: string, to: string, error: string) => void;
}

/** Nodes that have to say the same where money depends on it. */
const QUORUM = 2;
/** Milliseconds for which a node that failed is asked last. */
const SHUNNED = 10_000;

/** Statements that another try does not change. Everything else may pass, or another node knows better. */
const isStatement = (error: unknown): error is RpcFault =>
  error instanceof RpcFault && (error.answer === "reverted" || error.answer === "unsupported" || error.answer === "too-much" || error.answer === "other");

/**
 * JSON-RPC with one node or several. Every reply passes a schema. Silence, overload and a node that is behind are tried
 * again, with another node if there is one, and then reported as transient.
 */
export class Rpc implements JsonRpc {
  readonly #endpoints: readonly Endpoint[];
  readonly #shunned = new Map<Endpoint, number>();
  readonly #attempts: number;
  readonly #onFailover: NonNullable<RpcOptions["onFailover"]>;

  constructor({ urls, timeoutMs = 20_000, maxReplyBytes = 256 * 1024 * 1024, attempts = 4, onFailover = () => {} }: RpcOptions) {
    this.#endpoints = urls.map((url) => new Endpoint(url, { timeoutMs, maxReplyBytes }));
    this.#attempts = attempts;
    this.#onFailover = onFailover;
  }

  get name(): string {
    return this.#endpoints.map(({ name }) => name).join(", ");
  }

  async call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let failure: unknown;
      const order = this.#inOrder();
      for (const [place, endpoint] of order.entries()) {
        try {
          const result = await ask(endpoint, method, params, schema);
          this.#shunned.delete(endpoint);
          return result;
        } catch (error) {
          // Words that nobody can sort may be one node's trouble: the others are asked before they are believed.
          if (isStatement(error) && (error.answer !== "other" || place === order.length - 1)) throw error;
          failure = error instanceof RpcFault ? endpoint.describe(error) : error;
          if (!(failure instanceof OpgError)) throw failure;
          if (!isBehind(failure)) this.#shunned.set(endpoint, performance.now() + SHUNNED);
          if (place + 1 < order.length) this.#onFailover(endpoint.name, order[place + 1].name, failure.message);
        }
      }
      if (attempt >= this.#attempts) throw failure;
      await pause(50 * 3 ** attempt * (0.5 + Math.random() / 2));
    }
  }

  async agreed<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    if (this.#endpoints.length < QUORUM) return this.call(method, params, schema);
    const votes: { readonly text: string; readonly outcome: () => T }[] = [];
    let silence: unknown;
    for (const endpoint of this.#inOrder()) {
      let vote: (typeof votes)[number];
      try {
        const result = await this.#askTwice(endpoint, method, params, schema);
        vote = { text: canonical(result), outcome: () => result };
      } catch (error) {
        if (isStatement(error) && error.answer === "reverted") {
          const fault = error;
          const outcome = (): never => {
            throw fault;
          };
          vote = { text: `reverted ${error.revert ?? ""}`, outcome };
        } else if (isStatement(error) && error.answer !== "other") {
          throw error;
        } else {
          silence = error instanceof RpcFault ? endpoint.describe(error) : error;
          continue;
        }
      }
      if (votes.some(({ text }) => text === vote.text)) return vote.outcome();
      votes.push(vote);
    }
    // Rationale: a node that is down must not keep an answer from its clock; one that contradicts the others must.
    if (votes.length === 1 && !(silence instanceof OpgError && isBehind(silence))) return votes[0].outcome();
    if (votes.length === 0) throw silence;
    throw transientError("RPC_DISAGREE", `the nodes ${this.name} answer ${method} differently, or one is behind`);
  }

  /** One failure in passing is no silence. */
  async #askTwice<T>(endpoint: Endpoint, method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    return ask(endpoint, method, params, schema).catch(async (error: unknown) => {
      if (isStatement(error)) throw error;
      await pause(150 + 150 * Math.random());
      return ask(endpoint, method, params, schema);
    });
  }

  /** The nodes, those that failed a moment ago last. */
  #inOrder(): Endpoint[] {
    const now = performance.now();
    const isShunned = (endpoint: Endpoint) => (this.#shunned.get(endpoint) ?? 0) > now;
    return [...this.#endpoints.filter((e) => !isShunned(e)), ...this.#endpoints.filter(isShunned)];
  }
}

async function ask<T>(endpoint: Endpoint, method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
  const result = await endpoint.ask(method, params);
  const parsed = schema.safeParse(result);
  if (parsed.success) return parsed.data;
  // A node that fails may answer with nothing, or with something else than asked for: the next answer may be in order.
  throw transientError("RPC_REPLY", `${endpoint.name} answered ${method} with something else than asked for`, {
    details: { method, faults: parsed.error.issues.slice(0, 3).map((i) => `${i.path.join(".")}: ${i.message}`) },
  });
}

const isBehind = ({ code }: OpgError): boolean => code === "RPC_BEHIND";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? `${item}n` : item)) ?? "undefined";

