import { Bell } from "./bell.ts";

/** How often a queue is looked into that other processes fill, while something is expected and while nothing is. */
const LOOK_MS = { busy: 25, idle: 500 };
/** Looks that find nothing until nothing is expected any more. */
const PATIENT_LOOKS = 50;
/** Of a queue that nobody else fills, in case a call was lost. */
const LOOK_ALONE_MS = 1_000;
const BEAT_MS = 5_000;

/** A task that was taken: `retryCount` says how many lost it before. */
export interface Taken<T> {
  readonly id: string;
  readonly retryCount: number;
  readonly data: T;
}

export interface LaneSource<T> {
  fetch(most: number): Promise<readonly Taken<T>[]>;
  /** Says that the tasks are still worked on. */
  touch(attempts: readonly { readonly id: string; readonly retryCount: number }[]): Promise<unknown>;
}

export interface LaneOptions {
  /** Other processes give and take there too. */
  readonly isShared: boolean;
  readonly onTrouble: (error: unknown) => void;
  /** Of a queue that is closed nothing more can be said, whatever is still in hand. */
  readonly closing: AbortSignal;
}

/** One queue of tasks, taken from as far as there are free places. */
export class Lane<T> {
  readonly #source: LaneSource<T>;
  readonly #options: LaneOptions;
  readonly #bell = new Bell();
  /** Whether there may be something: an embedded queue is not asked for what cannot be there. */
  #mayHave = true;

  constructor(source: LaneSource<T>, options: LaneOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Something was put there by this process. */
  ring(): void {
    this.#mayHave = true;
    this.#bell.ring();
  }

  /** Takes tasks until the signal aborts, and then waits for those in hand. */
  async take(places: number, work: (task: Taken<T>) => Promise<void>, until: AbortSignal): Promise<void> {
    const { isShared, closing, onTrouble } = this.#options;
    const signal = AbortSignal.any([until, closing]);
    const working = new Map<string, { readonly id: string; readonly retryCount: number; readonly done: Promise<void> }>();
    const ring = () => this.#bell.ring();
    signal.addEventListener("abort", ring, { once: true });
    const beat = setInterval(() => {
      if (isShared && working.size > 0) this.#source.touch([...working.values()]).catch(onTrouble);
    }, BEAT_MS);
    let quiet = 0;
    try {
      while (!signal.aborted) {
        const tasks = await this.#fetch(places - working.size);
        for (const task of tasks) {
          const done = work(task).finally(() => {
            working.delete(task.id);
            this.#bell.ring();
          });
          working.set(task.id, { id: task.id, retryCount: task.retryCount, done });
        }
        quiet = tasks.length > 0 ? 0 : quiet + 1;
        const pause = quiet < PATIENT_LOOKS ? LOOK_MS.busy : LOOK_MS.idle;
        await this.#bell.wait(isShared && places > working.size ? pause : LOOK_ALONE_MS, signal);
      }
      await Promise.race([aborted(closing), Promise.all([...working.values()].map(({ done }) => done))]);
    } finally {
      clearInterval(beat);
      signal.removeEventListener("abort", ring);
    }
  }

  async #fetch(free: number): Promise<readonly Taken<T>[]> {
    if (free <= 0 || !(this.#options.isShared || this.#mayHave)) return [];
    // INVARIANT: before the question, so that what is given while it is answered is asked for again.
    this.#mayHave = false;
    try {
      const tasks = await this.#source.fetch(free);
      if (tasks.length === free) this.#mayHave = true;
      return tasks;
    } catch (error) {
      this.#mayHave = true;
      this.#options.onTrouble(error);
      return [];
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
