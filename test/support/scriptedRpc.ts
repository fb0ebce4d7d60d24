import type { z } from "zod";
import type { JsonRpc } from "../../oracle/chain/rpc.ts";

type Answer = (params: readonly unknown[]) => unknown;

/** A node that answers from functions; what it was asked is kept. */
export class ScriptedRpc implements JsonRpc {
  readonly name = "scripted node";
  readonly asked: { method: string; params: readonly unknown[] }[] = [];
  readonly answers: Record<string, Answer>;

  constructor(answers: Record<string, Answer>) {
    this.answers = answers;
  }

  call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    this.asked.push({ method, params });
    const answer = this.answers[method];
    return answer === undefined
      ? Promise.reject(new Error(`the scripted node does not know ${method}`))
      : Promise.resolve().then(() => schema.parse(answer(params)));
  }

  agreed<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    return this.call(method, params, schema);
  }

  times(method: string): number {
    return this.asked.filter((call) => call.method === method).length;
  }
}
