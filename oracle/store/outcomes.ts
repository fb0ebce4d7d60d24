import { Bell } from "./bell.ts";
import type { GivenTasks } from "./givenTasks.ts";

/** How often outcomes are looked for. Where many are waited for, what comes together is recorded and sent together. */
const LOOK_MS = { few: 25, many: 100 };
const FEW = 4;
const AT_ONCE = 100;

/** What became of a task that another process did. */
export interface Outcome {
  readonly task: string;
  readonly outcome: string;
}

export interface OutcomeSource {
  fetch(most: number): Promise<readonly { readonly id: string; readonly data: Outcome }[]>;
  remove(ids: readonly string[]): Promise<unknown>;
}

/** Hears what became of the tasks that this process gave out, as long as it waits for any. */
export class Outcomes {
  readonly #source: OutcomeSource;
  readonly #given: GivenTasks;
  readonly #bell = new Bell();

  constructor(source: OutcomeSource, given: GivenTasks) {
    this.#source = source;
    this.#given = given;
  }

  /** A task was given out. */
  expect(): void {
    if (this.#given.count === 1) this.#bell.ring();
  }

  async listen(closing: AbortSignal, onTrouble: (error: unknown) => void): Promise<void> {
    while (!closing.aborted) {
      if (this.#given.count === 0) await this.#bell.wait(Infinity, closing);
      let found = 0;
      try {
        const outcomes = await this.#source.fetch(AT_ONCE);
        found = outcomes.length;
        for (const { data } of outcomes) this.#given.settle(data.task, data.outcome);
        if (found > 0) await this.#source.remove(outcomes.map(({ id }) => id));
      } catch (error) {
        onTrouble(error);
      }
      if (found < AT_ONCE) await this.#bell.wait(this.#given.count <= FEW ? LOOK_MS.few : LOOK_MS.many, closing);
    }
  }
}
