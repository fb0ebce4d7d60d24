import type { Store } from "../ports.ts";
import { observed } from "./proxies.ts";

/** Methods that change nothing. A disk that is full still answers these, so that they say nothing about the others. */
const READS = new Set(["recentBlocks", "jobEvents", "dueJobs", "disputes", "result", "verdict", "accusation", "qualification", "get", "open", "underway"]);

export interface WatchedStore {
  readonly store: Store;
  /** The read or the write that failed, if the last one of its sort did. */
  fault(): string | undefined;
}

export function watchStore(store: Store): WatchedStore {
  const failed = new Map<"read" | "write", string>();
  return {
    store: observed(store, (method, isFailure) => {
      const sort = READS.has(method) ? "read" : "write";
      if (isFailure) failed.set(sort, method);
      else failed.delete(sort);
    }),
    fault: () => failed.get("write") ?? failed.get("read"),
  };
}
