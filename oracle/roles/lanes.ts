import type { Store } from "../ports.ts";

/** INVARIANT: disputes come first and have places of their own: no flood of requests keeps an answer from its clock. */
interface Lane {
  readonly disputed: boolean;
  /** Ids of the jobs in hand. */
  readonly held: Set<string>;
  /** Jobs that were due at the last look, and whether there were more of them than were asked for. */
  due: readonly { readonly id: string; readonly lastBlock: number }[];
  hasMore: boolean;
}

export interface LanesOptions {
  readonly store: Pick<Store, "dueJobs">;
  /** Jobs side by side in each lane. */
  readonly concurrency: number;
  /** The moment at which jobs have to be due. */
  readonly now: () => number;
  /** A job was seen to be due. */
  readonly onDue: (id: string) => void;
  readonly attend: (id: string, lastBlock: number) => Promise<void>;
  readonly onFailed: (id: string, error: unknown) => void;
}

/** The jobs in hand, and which is taken up next. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes: readonly Lane[] = [true, false].map((disputed) => ({ disputed, held: new Set(), due: [], hasMore: false }));
  readonly #working = new Map<string, Promise<void>>();
  #filling: Promise<void> | undefined;
  #finishing = false;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  get inHand(): number {
    return this.#working.size;
  }

  /** Looks for jobs that are due, and starts as many as there are places. */
  fill(): Promise<void> {
    return (this.#filling ??= this.#look().finally(() => (this.#filling = undefined)));
  }

  /** Nothing new is taken up from now on. */
  finish(): void {
    this.#finishing = true;
  }

  /** Waits for the work in hand, and for what follows from it. */
  async idle(): Promise<void> {
    while (this.#working.size > 0 || this.#filling !== undefined) await Promise.allSettled([...this.#working.values(), this.#filling]);
  }

  /** Settles as soon as some of the work in hand is done. */
  someDone(): Promise<unknown> {
    return this.#working.size === 0 ? Promise.resolve() : Promise.race(this.#working.values());
  }

  async #look(): Promise<void> {
    const { store, concurrency, now, onDue } = this.#options;
    await Promise.all(
      this.#lanes.map(async (lane) => {
        if (!this.#hasPlace(lane)) return;
        // What is in hand is still due, and may be done by the time of the answer.
        const inHand = new Set(this.#working.keys());
        const limit = 2 * concurrency;
        const due = await store.dueJobs(now(), limit, lane.disputed);
        for (const { id } of due) onDue(id);
        lane.due = due.filter(({ id }) => !inHand.has(id));
        lane.hasMore = due.length === limit;
        this.#start(lane);
      }),
    );
  }

  #hasPlace({ held }: Lane): boolean {
    return !this.#finishing && held.size < this.#options.concurrency;
  }

  #start(lane: Lane): void {
    while (this.#hasPlace(lane) && lane.due.length > 0) {
      const [{ id, lastBlock }, ...rest] = lane.due;
      lane.due = rest;
      // A job of the other lane may have become disputed while it is worked on.
      if (this.#working.has(id)) continue;
      lane.held.add(id);
      this.#working.set(id, this.#work(lane, id, lastBlock));
    }
  }

  async #work(lane: Lane, id: string, lastBlock: number): Promise<void> {
    const release = (): void => {
      this.#working.delete(id);
      lane.held.delete(id);
    };
    try {
      await this.#options.attend(id, lastBlock);
      release();
      // The next job that is due takes the free place at once; a store that fails waits for the next round.
      this.#start(lane);
      if (lane.hasMore && this.#hasPlace(lane)) await this.fill();
    } catch (error) {
      release();
      this.#options.onFailed(id, error);
    }
  }
}
