import type { Statement, Tx } from "./engine.ts";

interface Prepared<T> {
  execute(values?: Record<string, unknown>): Promise<T>;
}

/** A statement that is built, and read by the server, once in a session. `build` gives it a name of its own there. */
export function prepared<V extends Record<string, unknown>, T>(build: (tx: Tx) => Prepared<T>): (values: V) => Statement<T> {
  const made = new WeakMap<Tx, Prepared<T>>();
  return (values) => (tx) => {
    let statement = made.get(tx);
    if (statement === undefined) made.set(tx, (statement = build(tx)));
    return statement.execute(values);
  };
}
