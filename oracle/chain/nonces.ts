import type { Hex } from "../../core/hex.ts";
import { pendingOrLatest } from "./pending.ts";
import { quantity } from "./blocks.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

/** Transactions of an account that were mined, up to a block or to the latest. */
export const minedCount = (rpc: JsonRpc, account: Hex, block: number | "latest"): Promise<number> =>
  rpc.call("eth_getTransactionCount", [account, block === "latest" ? block : quantity(block)], schema.small);

/** The same with those that wait in the node's pool without a gap. */
export const pendingCount = (rpc: JsonRpc, account: Hex): Promise<number> =>
  pendingOrLatest(rpc, (tag) => rpc.call("eth_getTransactionCount", [account, tag], schema.small));

/**
 * The transaction that took a nonce, and its block, as far as the node can show it: the first block up to which more
 * transactions of the account were mined than the nonce counts. Undefined where the node has no such state any more, or
 * contradicts itself.
 */
export async function holderOf(rpc: JsonRpc, account: Hex, nonce: number, head: number): Promise<{ hash: Hex; block: number } | undefined> {
  try {
    const isTaken = async (block: number) => (await minedCount(rpc, account, block)) > nonce;
    if (!(await isTaken(head))) return undefined;
    let taken = head;
    let free = -1;
    for (let step = 1; taken > 0; step *= 2) {
      const earlier = Math.max(0, taken - step);
      if (!(await isTaken(earlier))) {
        free = earlier;
        break;
      }
      taken = earlier;
    }
    while (taken - free > 1) {
      const middle = Math.floor((free + taken) / 2);
      if (await isTaken(middle)) taken = middle;
      else free = middle;
    }
    const block = await rpc.agreed("eth_getBlockByNumber", [quantity(taken), true], schema.fullBlock.nullable());
    const found = block?.transactions.find((transaction) => transaction.from === account && transaction.nonce === nonce);
    return found && { hash: found.hash, block: taken };
  } catch (error) {
    if (error instanceof RpcFault) return undefined;
    throw error;
  }
}
