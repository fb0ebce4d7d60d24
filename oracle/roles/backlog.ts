/** Jobs remembered; those that became due later are left out, which are not the oldest. */
const MOST = 10_000;
/** What has not been looked at for so long is not there any more: no step that is tried again waits longer. */
const GONE_MS = 15 * 60_000;

interface Due {
  /** The steps, once they are known. */
  readonly what: string | undefined;
  readonly since: number;
  readonly seen: number;
}

/** Since when jobs have a step that is due and not done, as far as this process has seen. Times in milliseconds. */
export class Backlog {
  readonly #due = new Map<string, Due>();

  /** The job has these steps that are due. Others than before have been due from now on only. */
  due(job: string, now: number, what?: string): void {
    const known = this.#due.get(job);
    if (known === undefined && this.#due.size >= MOST) return;
    const same = known !== undefined && (known.what === undefined || what === undefined || known.what === what);
    this.#due.set(job, { what: what ?? known?.what, since: same ? known.since : now, seen: now });
  }

  /** What was due was done, or is not to be done by this party. */
  done(job: string): void {
    this.#due.delete(job);
  }

  /** Seconds that the oldest has waited; zero if none waits. */
  oldest(now: number): number {
    let since = now;
    for (const [job, due] of this.#due) {
      if (now - due.seen > GONE_MS) this.#due.delete(job);
      else since = Math.min(since, due.since);
    }
    return (now - since) / 1000;
  }
}
