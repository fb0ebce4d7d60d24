import type { Hex } from "../../core/hex.ts";
import { stakesInterface } from "../../sdk/chain/contracts.ts";
import type { Block, Log, LogFilter } from "../../sdk/chain/port.ts";
import type { PastChain } from "../../sdk/history/eventRanges.ts";
import type { Deployment } from "../../sdk/index.ts";
import { account, hash } from "./chainEvents.ts";

const names = ["opg", "verifier", "models", "stakes", "game", "jobs", "lens"] as const;

/** A chain whose blocks hold bonds, one or none each, and which forks at will; a node of it answers as the test says. */
export class BondedChain {
  readonly deployment: Deployment = { chainId: 1, block: 10, ...(Object.fromEntries(names.map((name, i) => [name, account(100 + i)])) as Record<(typeof names)[number], Hex>) };
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** Whether the node gives a log's time with it. */
  tellsTimes = false;
  /** What a node does to a question for logs before it answers. */
  onLogs: (filter: LogFilter, answer: Log[]) => Log[] = (_, answer) => answer;
  /** How many of the blocks the node has not got yet. */
  behind = 0;
  /** Whether it answers nothing at all. */
  isAway = false;
  #blocks: { readonly block: Block; readonly amount: number | undefined }[] = [];
  #branch = 0;

  constructor(blocks: number) {
    for (let i = 0; i <= blocks; i++) this.mine();
  }

  /** @param amount what operator 5 bonds in it, if anything */
  mine(amount?: number): void {
    const number = this.#blocks.length;
    this.#blocks.push({ block: { number, hash: hash(1_000_000 * (this.#branch + 1) + number), timestamp: 1_000 + number }, amount });
  }

  /** Drops all blocks from one on; what is mined next belongs to another branch. */
  fork(number: number): void {
    this.#blocks = this.#blocks.slice(0, number);
    this.#branch++;
  }

  get chain(): PastChain {
    return {
      block: async (at: number | "latest") => {
        this.asked.push(`block ${at}`);
        if (this.isAway) throw new Error("socket hang up");
        const there = this.#blocks.slice(0, this.#blocks.length - this.behind);
        return (at === "latest" ? there.at(-1) : there[at])?.block;
      },
      logs: async (filter: LogFilter) => {
        this.asked.push(`logs ${filter.fromBlock}-${filter.toBlock}`);
        return this.onLogs(filter, this.#blocks.slice(filter.fromBlock, filter.toBlock + 1).flatMap(({ block, amount }) => (amount === undefined ? [] : [this.#bond(block, amount)])));
      },
    };
  }

  #bond({ number, hash: blockHash, timestamp }: Block, amount: number): Log {
    const { data, topics } = stakesInterface.encodeEventLog("Bonded", [account(5), this.deployment.jobs, amount]);
    const place = { address: this.deployment.stakes, block: number, blockHash, index: 0, transaction: hash(number) };
    return { ...place, data: data as Hex, topics: topics as Hex[], ...(this.tellsTimes && { timestamp }) };
  }
}
