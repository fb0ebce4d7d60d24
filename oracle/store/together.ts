import { setImmediate } from "node:timers/promises";
import { OpgError } from "../../core/errors.ts";
import type { Statement, Tx } from "./engine.ts";
import { faultOf } from "./faults.ts";

interface Call {
  readonly statement: Statement<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Statements that come while another transaction is under way, or in the same turn of the event loop, go together in the
 * next one, and each caller learns what became of his. `all` makes a transaction of those that it takes when its turn
 * comes, `alone` of one.
 */
export function together(
  all: (take: () => readonly Statement<unknown>[]) => Promise<readonly unknown[]>,
  alone: (statement: (tx: Tx) => Promise<unknown>) => Promise<unknown>,
): <T>(statement: Statement<T>) => Promise<T> {
  let waiting: Call[] | undefined;

  async function perform(calls: Call[]): Promise<void> {
    const take = (): readonly Call[] => {
      if (waiting === calls) waiting = undefined;
      return calls;
    };
    try {
      const answers = await all(() => take().map(({ statement }) => statement));
      calls.forEach(({ resolve }, i) => resolve(answers[i] as never));
    } catch (error) {
      // INVARIANT: a statement that is at fault itself takes no other one along.
      const isOfStore = error instanceof OpgError || faultOf(error) !== undefined;
      for (const { statement, resolve, reject } of take()) {
        if (isOfStore) reject(error);
        else await alone(async (tx) => statement(tx)).then(resolve as (value: unknown) => void, reject);
      }
    }
  }

  return (statement) =>
    new Promise((resolve, reject) => {
      const call: Call = { statement, resolve, reject };
      if (waiting !== undefined) return void waiting.push(call);
      const calls = (waiting = [call]);
      void setImmediate().then(() => perform(calls));
    });
}
