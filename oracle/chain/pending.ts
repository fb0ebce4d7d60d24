import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";

/** Roads to nodes that were found to know no pending block. */
const without = new WeakSet<JsonRpc>();

/**
 * Asks about the block that is being built, and about the latest one where a node knows no other. Only what a node says
 * of the tag counts: a call that failed, failed.
 */
export async function pendingOrLatest<T>(rpc: JsonRpc, ask: (tag: "pending" | "latest") => Promise<T>): Promise<T> {
  if (without.has(rpc)) return ask("latest");
  try {
    return await ask("pending");
  } catch (error) {
    if (!(error instanceof RpcFault) || error.answer === "reverted") throw error;
    const result = await ask("latest");
    if (error.answer === "unsupported") without.add(rpc);
    return result;
  }
}
