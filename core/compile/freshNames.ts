/** Gives names that are not taken: the wished one, or that with a number behind it. */
export function freshNames(names: Iterable<string>): (wish: string) => string {
  const taken = new Set(names);
  // Where the search goes on: thousands of nodes may wish the same.
  const next = new Map<string, number>();
  return (wish) => {
    let [name, i] = [wish, next.get(wish) ?? 2];
    while (taken.has(name)) name = `${wish}_${i++}`;
    next.set(wish, i);
    taken.add(name);
    return name;
  };
}
