/** Names that differ from all that there are, and from each other. */
export class FreshNames {
  readonly #taken: Set<string>;
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  of = (wish: string): string => {
    let name = wish;
    for (let i = this.#next.get(wish) ?? 2; this.#taken.has(name); i++) {
      name = `${wish}_${i}`;
      this.#next.set(wish, i + 1);
    }
    this.#taken.add(name);
    return name;
  };
}
