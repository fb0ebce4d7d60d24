import type { Hex } from "../../core/hex.ts";

/** Milliseconds for an answer. */
const PATIENCE = 30_000;

/** What a node answers, asked without a library: the first page is to be small. Throws where it gives no result. */
async function ask(rpcUrl: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(PATIENCE) });
  const { result } = (await response.json()) as { readonly result?: unknown };
  if (result === undefined) throw new Error(`${method} has no result`);
  return result;
}

/** Time of the newest block, in Unix seconds. */
export async function headTime(rpcUrl: string): Promise<number> {
  const time = Number(((await ask(rpcUrl, "eth_getBlockByNumber", ["latest", false])) as { readonly timestamp: string }).timestamp);
  if (!Number.isSafeInteger(time)) throw new Error("the newest block has no time");
  return time;
}

/** The calldata of a transaction; undefined where the node has none of that hash. */
export async function calldataOf(rpcUrl: string, hash: string): Promise<Hex | undefined> {
  return ((await ask(rpcUrl, "eth_getTransactionByHash", [hash])) as { readonly input?: Hex } | null)?.input;
}

/** The contracts, in lower case, that a transaction has logs of; undefined where the node has none of that hash. */
export async function emittersIn(rpcUrl: string, hash: string): Promise<string[] | undefined> {
  const receipt = (await ask(rpcUrl, "eth_getTransactionReceipt", [hash])) as { readonly logs: readonly { readonly address: string }[] } | null;
  return receipt?.logs.map(({ address }) => address.toLowerCase());
}
