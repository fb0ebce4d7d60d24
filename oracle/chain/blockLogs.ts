import { z } from "zod";
import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { bloomQuestion } from "./bloom.ts";
import { readReceipt } from "./blocks.ts";
import { RpcFault, type JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import type { Header, Log } from "./schemas.ts";

/** What logs are asked for: of these contracts, with one of these first topics. */
export interface BlockLogFilter {
  readonly address: readonly Hex[];
  readonly topics: readonly [readonly Hex[]];
}

/**
 * All logs of a block. INVARIANT: an empty answer is believed only if the header shows that there is nothing, or every
 * receipt of the block has been seen: a node that has not got the block may answer with an empty list as well.
 */
export function logsOfBlocks(rpc: JsonRpc, filter: BlockLogFilter): (block: Header) => Promise<Log[]> {
  const [topics] = filter.topics;
  const mayHold = bloomQuestion(filter.address, topics);

  async function logsOf({ hash, logsBloom, transactions }: Header): Promise<Log[]> {
    if (transactions.length === 0) return [];
    // Some chains keep no bloom and leave it zero.
    const known = logsBloom !== undefined && /[1-9a-f]/.test(logsBloom.slice(2));
    if (known && !mayHold(logsBloom)) return [];
    const logs = await logsByHash(hash);
    return logs.length > 0 ? logs : (await receiptsOf(hash, transactions)).filter(isOurs);
  }

  async function logsByHash(hash: Hex): Promise<Log[]> {
    try {
      return await rpc.agreed("eth_getLogs", [{ ...filter, blockHash: hash }], z.array(schema.log));
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      // No logs by hash from this node, or none of this block: the receipts tell.
      return [];
    }
  }

  async function receiptsOf(hash: Hex, transactions: readonly Hex[]): Promise<Log[]> {
    const all = await rpc.call("eth_getBlockReceipts", [hash], z.array(schema.receipt).nullable()).catch((error: unknown) => {
      if (error instanceof RpcFault) return null;
      throw error;
    });
    const receipts = all ?? (await Promise.all(transactions.map((transaction) => readReceipt(rpc, transaction))));
    const shown = new Set(receipts.map((receipt) => (receipt?.blockHash === hash ? receipt.transactionHash : "")));
    if (!transactions.every((transaction) => shown.has(transaction))) {
      throw transientError("RPC_BEHIND", `${rpc.name} does not show every receipt of block ${hash} yet`);
    }
    return receipts.flatMap((receipt) => receipt?.logs ?? []);
  }

  const isOurs = (log: Log): boolean => filter.address.includes(log.address) && topics.includes(log.topics[0]);

  return logsOf;
}
