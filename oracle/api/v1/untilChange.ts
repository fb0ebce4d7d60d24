/** Values that are kept. As answers, each is a page at most, so some MiB together. */
const MOST = 256;

/** Values that hold until the index changes. Whoever asks the same at the same time waits for the same one. */
export class UntilChange<T> {
  readonly #revision: () => number;
  readonly #kept = new Map<string, Promise<T>>();
  #of = 0;

  constructor(revision: () => number) {
    this.#revision = revision;
  }

  get(key: string, make: () => Promise<T>): Promise<T> {
    if (this.#of !== this.#revision()) this.#kept.clear();
    this.#of = this.#revision();
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#kept.set(key, value);
    value.catch(() => this.#forget(key, value));
    // Maps keep the order in which their keys came.
    if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value!);
    return value;
  }

  #forget(key: string, value: Promise<T>): void {
    if (this.#kept.get(key) === value) this.#kept.delete(key);
  }
}
