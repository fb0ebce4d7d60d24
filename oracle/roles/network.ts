import type { Clocks, Pace } from "../../core/jobs/declining.ts";
import type { Context } from "./context.ts";

export interface NetworkPolicy {
  readonly confirmations: number;
  readonly pollSeconds: number;
  /** The chain makes a block whenever there is a transaction, as those do that people start on their own machine. */
  readonly minesOnDemand: boolean;
}

/** What an operator has to know of the network, asked for once: the contracts cannot change it, and a chain's pace rarely does. */
export interface NetworkFacts {
  clocks(): Promise<Clocks>;
  maxOutputBytes(): Promise<number>;
  pace(): Promise<Pace>;
  /** The pace as far as it is known already. */
  knownPace(): Pace;
}

export function createNetworkFacts({ reader }: Pick<Context, "reader">, policy: NetworkPolicy): NetworkFacts {
  const clocks = once(() => reader.gameTerms());
  const maxOutputBytes = once(() => reader.maxOutputBytes());
  const paceOf = (block: number): Pace => ({ block, poll: policy.pollSeconds, confirmations: policy.confirmations });
  let known = paceOf(0);
  const pace = once(async () => (known = paceOf(policy.minesOnDemand ? 0 : await reader.blockSeconds())));
  return { clocks, maxOutputBytes, pace, knownPace: () => known };
}

/** What was answered once is not asked again; what failed is. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    const asked = (answer ??= ask());
    asked.catch(() => {
      if (answer === asked) answer = undefined;
    });
    return asked;
  };
}
