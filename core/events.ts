/**
 * Everything the daemon reports about itself. Roles emit these; the log and the metrics listen. Field values are
 * strings, numbers and booleans only, so that an event can be written down anywhere.
 */
export interface Events {
  "daemon.started": { roles: string; address: string; chainId: number; api: string };
  "daemon.stopped": { reason: string };
  /** Another daemon uses the store; this one takes over when that ends. */
  "daemon.standby": { store: string };
  "worker.started": { places: number; chainId: number; store: string };
  /** A worker waits for the daemon whose tasks it does. */
  "worker.waiting": { for: string };
  "worker.stopped": { reason: string };
  "task.done": { task: string; job: string; ms: number };
  "task.failed": { task: string; job: string; error: string };
  /** Something that the operator of this daemon has to see to. */
  "daemon.warning": { about: string; text: string };
  "chain.block": { number: number };
  "chain.reorg": { from: number; to: number };
  "chain.unreachable": { error: string };
  /** The chain says of a job what no event told: it is read again from a block on. */
  "chain.missed": { job: string; from: number };
  /** A node failed, and another stands in for it. */
  "chain.failover": { from: string; to: string; error: string };
  /** The index is behind the chain, and why; it is tried again. */
  "index.failed": { error: string };
  /** The store does not answer or has no room; it is tried again. */
  "store.unreachable": { error: string };
  /** The store is gone for good, and the daemon ends. */
  "store.lost": { error: string };
  "tx.planned": { intent: string; kind: string };
  "tx.sent": { intent: string; kind: string; hash: string; nonce: number; attempt: number };
  "tx.confirmed": { intent: string; kind: string; hash: string; gas: number };
  "tx.refused": { intent: string; kind: string; error: string };
  /** A node does not take a signed transaction, and says so in these words. */
  "tx.not-taken": { intent: string; kind: string; hash: string; words: string };
  /** What would no longer go through gives way to a no-op under its nonce. */
  "tx.cancelled": { intent: string; kind: string; nonce: number; error: string };
  /** A limit of spending.* does not hold what this would take; it is looked at again where the limit is that of a day. */
  "spending.held": { job: string; kind: string; limit: string; amount: string };
  "version.qualified": { version: string; nodes: number; threads: number; ms: number };
  "version.refused": { version: string; reason: string };
  "job.seen": { job: string; version: string };
  "job.declined": { job: string; reason: string };
  "job.computed": { job: string; ms: number };
  "job.recorded": { job: string };
  /** What it takes is not there at this moment: bond, native coin, room on the disk. It is looked at again. */
  "job.waiting": { job: string; for: string };
  "job.submitted": { job: string };
  "job.lost": { job: string; reason: string };
  "job.challenged": { job: string };
  "job.finalized": { job: string; delivered: boolean };
  "job.refunded": { job: string };
  /** A wrong result of this operator was proved, or it did not answer in time: this much of its bond is gone. */
  "job.convicted": { job: string; slashed: string };
  "job.failed": { job: string; step: string; error: string };
  "self-check.failed": { job: string; node: number; element: string };
  "dispute.challenged": { job: string; challenger: string };
  "dispute.opened": { job: string; operator: string };
  "dispute.demanded": { job: string; demander: string; places: number };
  "dispute.revealed": { job: string; places: number };
  "dispute.resolved": { job: string; outcome: "upheld" | "convicted by proof" | "convicted by default" };
  "watch.matched": { job: string };
  "watch.mismatched": { job: string; detail: string };
  "watch.demanded": { job: string; places: number };
  "watch.accused": { job: string; node: number; element: string };
  /** This watcher's conviction is mined; the reward, in OPG, may be contested until it is collected. */
  "watch.convicted": { job: string; by: "proof" | "default"; reward: string };
  /** A reward, in OPG, is this watcher's for good. */
  "watch.earned": { job: string; amount: string };
  /** What a judgement waits for, and when it is asked for again. */
  "watch.waiting": { job: string; for: string; seconds: number };
  "watch.hidden-input": { job: string; reason: string };
  "watch.doubted": { job: string; detail: string };
  "watch.unfunded": { job: string; missing: string };
  "watch.gave-up": { job: string; reason: string };
}

export type EventName = keyof Events;
export type Level = "debug" | "info" | "warn" | "error";

/** The level of each event. */
export const LEVELS: Readonly<Record<EventName, Level>> = {
  "daemon.started": "info",
  "daemon.stopped": "info",
  "daemon.standby": "info",
  "worker.started": "info",
  "worker.waiting": "info",
  "worker.stopped": "info",
  "task.done": "debug",
  "task.failed": "warn",
  "daemon.warning": "warn",
  "chain.block": "debug",
  "chain.reorg": "warn",
  "chain.unreachable": "warn",
  "chain.missed": "error",
  "chain.failover": "warn",
  "index.failed": "warn",
  "store.unreachable": "warn",
  "store.lost": "error",
  "tx.planned": "debug",
  "tx.sent": "debug",
  "tx.confirmed": "info",
  "tx.refused": "warn",
  "tx.not-taken": "warn",
  "tx.cancelled": "warn",
  "spending.held": "warn",
  "version.qualified": "info",
  "version.refused": "warn",
  "job.seen": "debug",
  "job.declined": "info",
  "job.computed": "info",
  "job.recorded": "info",
  "job.waiting": "info",
  "job.submitted": "info",
  "job.lost": "warn",
  "job.challenged": "warn",
  "job.finalized": "info",
  "job.refunded": "debug",
  "job.convicted": "error",
  "job.failed": "error",
  "self-check.failed": "error",
  "dispute.challenged": "info",
  "dispute.opened": "info",
  "dispute.demanded": "info",
  "dispute.revealed": "info",
  "dispute.resolved": "info",
  "watch.matched": "info",
  "watch.mismatched": "warn",
  "watch.demanded": "info",
  "watch.accused": "info",
  "watch.convicted": "info",
  "watch.earned": "info",
  "watch.waiting": "warn",
  "watch.hidden-input": "warn",
  "watch.doubted": "warn",
  "watch.unfunded": "error",
  "watch.gave-up": "warn",
};

export const EVENT_NAMES = Object.keys(LEVELS) as readonly EventName[];
