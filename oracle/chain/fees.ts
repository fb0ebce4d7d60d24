import { transientError } from "../../core/errors.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

/** What a transaction offers for a unit of gas, in wei. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export interface Market {
  /** Base fee of the latest block. */
  readonly base: bigint;
  /** Tip that the node suggests. */
  readonly tip: bigint;
}

const GWEI = 1_000_000_000n;

/** Fees as the node sees them now. A node that suggests no tip may still name a price, which includes one. */
export async function readMarket(rpc: JsonRpc): Promise<Market> {
  const latest = await rpc.call("eth_getBlockByNumber", ["latest", false], schema.header.nullable());
  const base = latest?.baseFeePerGas ?? 0n;
  const ask = (method: string) =>
    rpc.call(method, [], schema.big).catch((error: unknown) => {
      if (error instanceof RpcFault) return undefined;
      throw error;
    });
  const suggested = await ask("eth_maxPriorityFeePerGas");
  if (suggested !== undefined) return { base, tip: suggested };
  const price = await ask("eth_gasPrice");
  return { base, tip: price !== undefined && price > base ? price - base : GWEI };
}

/** Twice the base fee, which may rise by an eighth each block, and the tip; never above the limit. */
export function feesFor({ base, tip }: Market, limit: bigint): Fees {
  if (base > limit) {
    throw transientError("FEES_HIGH", `the base fee is ${showGwei(base)} gwei, above the ${showGwei(limit)} gwei of the configuration`);
  }
  return within({ maxFeePerGas: 2n * base + tip, maxPriorityFeePerGas: tip }, limit);
}

/**
 * Fees that outbid those offered before. A pool takes a transaction in place of another for a tenth more of both; an
 * eighth leaves room for nodes that ask for more. `tip` is a floor that a node named.
 */
export function outbid(before: Fees, now: Fees, limit: bigint, tip = 0n): Fees | undefined {
  const raise = (old: bigint, current: bigint) => (old + old / 8n + 1n > current ? old + old / 8n + 1n : current);
  const maxPriorityFeePerGas = raise(before.maxPriorityFeePerGas, now.maxPriorityFeePerGas > tip ? now.maxPriorityFeePerGas : tip);
  const raised = raise(before.maxFeePerGas, now.maxFeePerGas);
  const maxFeePerGas = raised > maxPriorityFeePerGas ? raised : maxPriorityFeePerGas;
  return maxFeePerGas > limit ? undefined : { maxFeePerGas, maxPriorityFeePerGas };
}

function within({ maxFeePerGas: fee, maxPriorityFeePerGas: tip }: Fees, limit: bigint): Fees {
  const maxFeePerGas = fee < limit ? fee : limit;
  return { maxFeePerGas, maxPriorityFeePerGas: tip < maxFeePerGas ? tip : maxFeePerGas };
}

/** Wei as gwei, for people. */
export const showGwei = (wei: bigint): string => {
  const part = (wei % GWEI).toString().padStart(9, "0").replace(/0+$/, "");
  return part === "" ? String(wei / GWEI) : `${wei / GWEI}.${part}`;
};
