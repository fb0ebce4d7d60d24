import { transientError } from "../../core/errors.ts";

/** After this long a task is asked for anew. */
const PATIENCE_MS = 600_000;

interface Waiting {
  readonly resolve: (outcome: string) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Tasks that this process gave out and waits for. */
export class GivenTasks {
  readonly #waiting = new Map<string, Waiting>();

  get count(): number {
    return this.#waiting.size;
  }

  /** What becomes of a task. */
  outcomeOf(id: string): Promise<string> {
    const outcome = new Promise<string>((resolve, reject) => {
      const lost = () => this.fail(id, transientError("TASK_LOST", `no worker did it within ${PATIENCE_MS / 60_000} minutes`));
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(lost, PATIENCE_MS).unref() });
    });
    // Where a task cannot be handed out, whoever gave it is told before he waits for this.
    outcome.catch(() => undefined);
    return outcome;
  }

  /** False where nobody here waits for it. */
  settle(id: string, outcome: string): boolean {
    const waiting = this.#take(id);
    waiting?.resolve(outcome);
    return waiting !== undefined;
  }

  fail(id: string, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Gives up all but those that this process works on itself. */
  abandon(inHand: ReadonlySet<string>): void {
    for (const id of this.#waiting.keys()) {
      if (!inHand.has(id)) this.fail(id, transientError("TASK_ABANDONED", "this process ends before a worker did it"));
    }
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}
