import type { Hex } from "../../core/hex.ts";
import { gameInterface } from "../chain/contracts.ts";
import type { Context } from "../chain/context.ts";

/** A job that was challenged. */
export interface ChallengedJob {
  readonly job: bigint;
  /** Everybody who challenged it in these blocks, in their order. */
  readonly challengers: readonly Hex[];
  /** The block of the first of these challenges. */
  readonly block: number;
}

/** Jobs that were challenged from a block on, oldest first; by default all. `job` tells how the dispute over one stands. */
export async function disputes({ deployment, chain, logs }: Context, fromBlock = deployment.block): Promise<ChallengedJob[]> {
  const { number } = await chain.head();
  const found = await logs({ address: [deployment.game], topics: [[gameInterface.getEvent("Challenged")!.topicHash as Hex]], fromBlock, toBlock: number });
  const byJob = new Map<bigint, { block: number; challengers: Hex[] }>();
  for (const { topics, block } of found) {
    const [job, challenger] = [BigInt(topics[1]), `0x${topics[2].slice(26)}` as Hex];
    const known = byJob.get(job);
    if (known === undefined) byJob.set(job, { block, challengers: [challenger] });
    else known.challengers.push(challenger);
  }
  return [...byJob].map(([job, rest]) => ({ job, ...rest }));
}
