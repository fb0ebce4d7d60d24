/**
 * The history of a deployment: what happened, to whom, and how it ended; from a daemon's index or from the chain alone.
 * @module history
 */
export { historyFromChain } from "./chain.ts";
export type { ReaderOptions } from "./chainReader.ts";
export type { History, SubscribeOptions } from "./history.ts";
export { historyOverHttp, type HttpOptions } from "./http.ts";
export { OpgError, type OpgErrorCode } from "../errors.ts";

export type { DisputeFilter, PageRequest } from "../../core/history/answers.ts";
export type { EventFilter } from "../../core/history/historyIndex.ts";
export type * from "../../core/history/types.ts";
