import { transientError } from "../../core/errors.ts";

/** Things of which each serves one user at a time: opened when needed, up to a number, and used again. */
export class Pool<T extends { release(): Promise<void> }> {
  readonly #open: () => Promise<T>;
  readonly #size: number;
  readonly #idle: T[] = [];
  readonly #waiting: (() => void)[] = [];
  #inUse = 0;
  #closed = false;

  constructor(open: () => Promise<T>, size: number) {
    this.#open = open;
    this.#size = size;
  }

  async use<R>(work: (thing: T) => Promise<R>): Promise<R> {
    while (this.#inUse >= this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#closed) throw transientError("POOL_CLOSED", "the version was put aside to make room; it is loaded again");
    this.#inUse++;
    try {
      const thing = this.#idle.pop() ?? (await this.#open());
      let whole = false;
      try {
        const result = await work(thing);
        whole = true;
        return result;
      } finally {
        // Whatever failed once is not trusted again.
        if (whole && !this.#closed) this.#idle.push(thing);
        else await thing.release().catch(() => undefined);
      }
    } finally {
      this.#inUse--;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const thing of this.#idle.splice(0)) await thing.release().catch(() => undefined);
  }
}
