import { MemoryIndex } from "../../core/history/memoryIndex.ts";
import type { Block } from "../chain/port.ts";
import { opgErrorOf } from "../chain/reverts.ts";
import { OpgError } from "../errors.ts";
import type { Deployment } from "../publicDeployments.ts";
import { EventRanges, type PastChain, type UntimedEvent } from "./eventRanges.ts";

/** How the chain is read. */
export interface ReaderOptions {
  /** Blocks whose logs are asked for at once, at most. What the node refuses is asked for in halves. */
  readonly logRange?: number;
  /** Milliseconds for which the head is not asked for again. */
  readonly pollMs?: number;
  /** Hears how many blocks have been read, of how many there are to read. */
  readonly onProgress?: (done: number, all: number) => void;
}

type Place = Pick<Block, "number" | "hash">;

/** Blocks whose logs most public nodes give at once. */
const LOG_RANGE = 2_000;
export const POLL_MS = 2_000;
/** Blocks below the head that are read again each time: a node may show a block before it shows its logs. */
const REREAD = 64;
/** Places kept to find the fork after a reorganisation. */
const KEPT = 512;

/** Reads a deployment's events into an index in memory. It asks the node only when it is asked itself. */
export class ChainReader {
  readonly index: MemoryIndex;
  readonly #chain: PastChain;
  readonly #start: number;
  readonly #ranges: EventRanges;
  readonly #pollMs: number;
  readonly #onProgress: ReaderOptions["onProgress"];
  /** Blocks up to which it was read, the newest last. */
  #read: Place[] = [];
  #reading: Promise<void> | undefined;
  /** When the head was last asked for, in milliseconds; undefined before the whole history was read once. */
  #readAt: number | undefined;

  constructor(chain: PastChain, deployment: Deployment, { logRange = LOG_RANGE, pollMs = POLL_MS, onProgress }: ReaderOptions) {
    this.#chain = chain;
    this.#start = deployment.block;
    this.#ranges = new EventRanges(chain, deployment, logRange);
    this.#pollMs = pollMs;
    this.#onProgress = onProgress;
    this.index = new MemoryIndex((block, logIndex) => this.#ranges.fieldsAt(block, logIndex));
  }

  /** Whether the whole history was read once. */
  get isRead(): boolean {
    return this.#readAt !== undefined;
  }

  /** Reads what is new; whoever asks meanwhile waits for the same. Throws an OpgError where the node does not answer. */
  upToDate(): Promise<void> {
    if (this.#readAt !== undefined && performance.now() - this.#readAt < this.#pollMs) return Promise.resolve();
    this.#reading ??= this.#readOn()
      .catch((error: unknown) => {
        throw opgErrorOf(error);
      })
      .finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** The last block that was read. */
  get #position(): number {
    return this.#read.at(-1)?.number ?? this.#start - 1;
  }

  async #readOn(): Promise<void> {
    const head = await this.#chain.block("latest");
    if (head === undefined) throw new OpgError("CHAIN", "the node shows no block", "try again, or ask another node");
    if (head.hash !== this.#read.at(-1)?.hash && (await this.#followFork(head))) await this.#readTo(head.number);
    this.#readAt = performance.now();
  }

  async #readTo(head: number): Promise<void> {
    const near = head - REREAD;
    let from = Math.max(this.#start, Math.min(this.#position, near) + 1);
    while (from <= head) {
      const { to, events } = await this.#ranges.read(from, from <= near ? near : head);
      const late = events.find(({ block, logIndex }) => block <= this.#position && !this.index.has(block, logIndex));
      if (late === undefined) await this.#keep(to, events);
      else this.#undo(late.block - 1);
      from = late === undefined ? to.number + 1 : this.#position + 1;
      this.#onProgress?.(from - this.#start, head - this.#start + 1);
    }
  }

  async #keep(to: Place, events: readonly UntimedEvent[]): Promise<void> {
    const fresh = await this.#ranges.timed(events.filter(({ block }) => block > this.#position));
    if (to.number <= this.#position) return;
    this.index.advance(to.number, fresh);
    this.#read = [...this.#read, to].slice(-KEPT);
  }

  /** Undoes what is no longer part of the chain. @returns whether there may be something new */
  async #followFork(head: Block): Promise<boolean> {
    let gone = false;
    for (const block of this.#read.toReversed()) {
      const there = block.number > head.number ? undefined : await this.#chain.block(block.number);
      // Rationale: that a node has no such block shows that it is behind; only another block in its place shows that it is gone.
      if (there === undefined) continue;
      if (there.hash === block.hash) {
        if (gone) this.#undo(block.number);
        return head.number > this.#position;
      }
      gone = true;
    }
    if (gone) this.#undo(this.#start - 1);
    return head.number > this.#position;
  }

  /** Forgets all that is above a block, as far as the newest place that was kept below it. */
  #undo(block: number): void {
    this.#read = this.#read.filter(({ number }) => number <= block);
    this.index.rewind(this.#position, Math.floor(Date.now() / 1_000));
  }
}
