import { DeploymentEvents } from "../../core/history/events.ts";
import type { ChainEvent } from "../../core/history/types.ts";
import type { Hex } from "../../core/hex.ts";
import { gameInterface, jobsInterface, modelsInterface, stakesInterface } from "../chain/contracts.ts";
import type { Block, Chain, Log } from "../chain/port.ts";
import { OpgError } from "../errors.ts";
import type { Deployment } from "../publicDeployments.ts";

const EVENTS = new DeploymentEvents({ jobs: jobsInterface, game: gameInterface, stakes: stakesInterface, models: modelsInterface });

/** What of a chain tells of the past. */
export type PastChain = Pick<Chain, "block" | "logs">;

/** Headers asked for at once. */
const HEADERS_AT_ONCE = 16;

/** An event whose block's time is not known yet. */
export interface UntimedEvent extends Omit<ChainEvent, "time"> {
  readonly blockHash: Hex;
  readonly time: number | undefined;
}

/** A deployment's events, as many blocks of them as the node gives at once. */
export class EventRanges {
  readonly #chain: PastChain;
  readonly #deployment: Deployment;
  /** Blocks asked for at once: as many as may be, halved as long as the node refuses. */
  readonly #most: number;
  #range: number;

  constructor(chain: PastChain, deployment: Deployment, most: number) {
    this.#chain = chain;
    this.#deployment = deployment;
    this.#most = most;
    this.#range = most;
  }

  /** Events from a block on, to `last` at most, in the order of the chain, and the last block that they reach. */
  async read(from: number, last: number): Promise<{ readonly to: Block; readonly events: readonly UntimedEvent[] }> {
    for (;;) {
      const to = Math.min(last, from + this.#range - 1);
      // INVARIANT: the hash is read before the logs. If a reorganisation falls between the two, the block is gone when it is looked at again.
      const block = await this.#chain.block(to);
      if (block === undefined) throw new OpgError("CHAIN", `the node has not got block ${to}`, "ask again: its nodes do not agree on how far they are");
      try {
        return { to: block, events: await this.#between(from, to) };
      } catch (error) {
        // A node that refuses one block refuses for another reason.
        this.#range = to === from ? this.#most : Math.ceil((to - from + 1) / 2);
        if (to === from) throw error;
      }
    }
  }

  async #between(fromBlock: number, toBlock: number): Promise<UntimedEvent[]> {
    const logs = await this.#chain.logs({ address: EVENTS.addresses(this.#deployment), topics: [EVENTS.topics], fromBlock, toBlock });
    return [...logs].sort((a, b) => a.block - b.block || a.index - b.index).flatMap((log) => this.#decode(log) ?? []);
  }

  #decode(log: Log): UntimedEvent | undefined {
    const { block, blockHash, index: logIndex, transaction, timestamp: time } = log;
    const happening = EVENTS.decode(this.#deployment, log);
    return happening && { block, blockHash, logIndex, transaction, time, ...happening };
  }

  /** The events with the times of their blocks. Throws where a block is no longer the one that an event is of. */
  async timed(events: readonly UntimedEvent[]): Promise<ChainEvent[]> {
    const times = new Map<number, number>();
    const wanted = [...new Map(events.filter(({ time }) => time === undefined).map(({ block, blockHash }) => [block, blockHash]))];
    for (let start = 0; start < wanted.length; start += HEADERS_AT_ONCE) {
      await Promise.all(
        wanted.slice(start, start + HEADERS_AT_ONCE).map(async ([number, hash]) => {
          const block = await this.#chain.block(number);
          if (block?.hash !== hash) throw new OpgError("CHAIN", `block ${number} is no longer the one that its logs were of`, "ask again: the chain was reorganised, or its nodes do not agree");
          times.set(number, block.timestamp);
        }),
      );
    }
    return events.map(({ blockHash: _, time, ...event }) => ({ ...event, time: time ?? times.get(event.block)! }));
  }

  /** All fields of the event at a place. */
  async fieldsAt(block: number, logIndex: number): Promise<ChainEvent["fields"]> {
    const event = (await this.#between(block, block)).find((each) => each.logIndex === logIndex);
    if (event === undefined) throw new OpgError("CHAIN", `the node does not show log ${logIndex} of block ${block}, which it showed before`, "ask again, or connect to a node that keeps old logs");
    return event.fields;
  }
}
