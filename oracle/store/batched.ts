/**
 * Calls that come while another is under way go together in the next one. Each caller learns what became of the call
 * that its item went in.
 */
export function batched<T>(send: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let next: { readonly items: T[]; readonly sent: Promise<void> } | undefined;
  return (item) => {
    if (next === undefined) {
      const items: T[] = [];
      const sent = last.then(() => {
        next = undefined;
        return send(items);
      });
      last = sent.catch(() => undefined);
      next = { items, sent };
    }
    next.items.push(item);
    return next.sent;
  };
}
