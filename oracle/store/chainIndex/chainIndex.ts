import type { ChainIndex } from "../../ports.ts";
import type { Database } from "../database.ts";
import { createReading } from "./reading.ts";
import { advance, rewind } from "./writing.ts";

/** The index of a deployment's events, in tables beside those that the daemon works with. */
export function createChainIndex(database: Pick<Database, "run" | "one">): ChainIndex {
  const listeners = new Set<() => void>();
  let revision = 0;

  async function change(write: Parameters<Database["run"]>[0]): Promise<void> {
    try {
      await database.run(write);
    } finally {
      // Where the store failed, nobody knows whether it was written.
      revision++;
      for (const listener of listeners) listener();
    }
  }

  return {
    ...createReading(database),
    advance: (to, events) => change((tx) => advance(tx, to, events)),
    rewind: (block) => change((tx) => rewind(tx, block, Math.floor(Date.now() / 1_000))),
    revision: () => revision,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
