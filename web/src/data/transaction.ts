import type { Hex } from "../../../core/hex.ts";

/** The calldata of a transaction, asked of a node without a library; undefined where it has none of that hash. */
export async function calldataOf(rpcUrl: string, hash: string): Promise<Hex | undefined> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_getTransactionByHash", params: [hash] });
  const response = await fetch(rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result } = (await response.json()) as { result?: { input?: Hex } | null };
  return result?.input;
}
