import type { Result } from "ethers";
import type { Hex } from "../../core/hex.ts";
import { lensInterface, stakesInterface } from "../chain/contracts.ts";
import type { Context } from "../chain/context.ts";

/** An account's bond to the jobs registry, and what it holds there. Amounts in base units of OPG. */
export interface Operator {
  readonly address: Hex;
  /** The whole bond, with its exiting part, which may leave from `exitAt` on (0: nothing exits). */
  readonly bonded: bigint;
  readonly exiting: bigint;
  readonly exitAt: number;
  /** Behind open claims; and what may still stand behind new ones. */
  readonly locked: bigint;
  readonly free: bigint;
  /** Prepaid and earned. */
  readonly balance: bigint;
  /** Compensations and rewards in the stake registry. */
  readonly credit: bigint;
}

export async function operatorsAt({ ask, deployment }: Context, addresses: readonly Hex[]): Promise<Operator[]> {
  const [views] = (await ask(deployment.lens, lensInterface, "operators", [addresses])) as unknown as [Result[]];
  return Array.from(views, ({ bonded, exiting, exitAt, locked, free, balance, credit }, i) => ({
    address: addresses[i],
    ...{ bonded: bonded as bigint, exiting: exiting as bigint, exitAt: Number(exitAt) },
    ...{ locked: locked as bigint, free: free as bigint, balance: balance as bigint, credit: credit as bigint },
  }));
}

/** Everybody who ever bonded to the jobs registry, in the order of their first bonds. */
export async function operators(context: Context): Promise<Operator[]> {
  const { deployment, chain, logs } = context;
  const topics = [[stakesInterface.getEvent("Bonded")!.topicHash as Hex], null, [wordOf(deployment.jobs)]];
  const { number } = await chain.head();
  const bonds = await logs({ address: [deployment.stakes], topics, fromBlock: deployment.block, toBlock: number });
  return operatorsAt(context, [...new Set(bonds.map((log) => `0x${log.topics[1].slice(26)}` as Hex))]);
}

const wordOf = (address: Hex): Hex => `0x${address.slice(2).padStart(64, "0")}`;
