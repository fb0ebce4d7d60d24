/** Ports: what the core and the roles need from the world outside, one file each. Adapters implement them; nothing here is code. */
export type { Hex } from "../core/hex.ts";
export type { ModelBytes, Optimisation, Runtime, RuntimeSession, RuntimeTensor, RuntimeTensorInfo, SessionOptions } from "../core/runtime.ts";
export type * from "./ports/chain.ts";
export type * from "./ports/chainCalls.ts";
export type * from "./ports/chainReader.ts";
export type * from "./ports/clock.ts";
export type * from "./ports/committer.ts";
export type * from "./ports/costMeter.ts";
export type * from "./ports/eventLog.ts";
export type * from "./ports/files.ts";
export type * from "./ports/jobQueue.ts";
export type * from "./ports/outbox.ts";
export type * from "./ports/records.ts";
export type * from "./ports/shelf.ts";
export type * from "./ports/spending.ts";
export type * from "./ports/store.ts";
export type * from "./ports/tasks.ts";
export type * from "./ports/telemetry.ts";
