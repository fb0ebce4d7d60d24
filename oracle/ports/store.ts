import type { Hex } from "../../core/hex.ts";
import type { ChainIndex } from "./chainIndex.ts";
import type { EventLog } from "./eventLog.ts";
import type { JobQueue } from "./jobQueue.ts";
import type { Outbox } from "./outbox.ts";
import type { Records } from "./records.ts";
import type { Spending } from "./spending.ts";
import type { TaskQueue } from "./tasks.ts";

export interface StoreIdentity {
  readonly chainId: number;
  readonly genesis: Hex;
  readonly deployment: string;
}

export interface Store extends EventLog, JobQueue, Records {
  /** Binds a fresh store to a chain and deployment, and refuses one that is bound to another. */
  claim(identity: StoreIdentity): Promise<void>;
  readonly outbox: Outbox;
  readonly chainIndex: ChainIndex;
  /** The queue of tasks beside the store. `gives`: this process, and no other, hands tasks out. */
  tasks(options: { readonly gives: boolean; readonly onTrouble: (error: unknown) => void }): Promise<TaskQueue>;
  readonly spending: Spending;
  /**
   * Calls the listener, once, when the store is lost for good: emptied, damaged, or taken by another daemon. From then on
   * every call fails with the same error. While a store is only out of reach, calls fail with a transient error.
   */
  onLost(listener: (error: Error) => void): void;
  close(): Promise<void>;
}
