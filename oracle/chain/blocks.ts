import { z } from "zod";
import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainHead, Revert } from "../ports.ts";
import { describeRevert } from "./contracts.ts";
import { pendingOrLatest } from "./pending.ts";
import { RpcFault, type JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import type { Header, Log, Receipt } from "./schemas.ts";

export async function readHeader(rpc: JsonRpc, tag: number | "latest"): Promise<Header | null> {
  const block = tag === "latest" ? tag : quantity(tag);
  return rpc.call("eth_getBlockByNumber", [block, false], schema.header.nullable());
}

export async function readHead(rpc: JsonRpc): Promise<ChainHead> {
  const latest = await readHeader(rpc, "latest");
  if (latest === null) throw transientError("CHAIN_EMPTY", `${rpc.name} has no block yet`);
  const pending = await pendingOrLatest(rpc, (tag) => rpc.call("eth_getBlockByNumber", [tag, false], schema.pendingHeader.nullable()));
  const { number, hash, timestamp } = latest;
  return { number, hash, timestamp, next: Math.max(timestamp + 1, pending?.timestamp ?? 0) };
}

/** The receipt of a transaction that was mined, as far as this node knows. */
export async function readReceipt(rpc: JsonRpc, hash: Hex): Promise<Receipt | null> {
  return rpc.call("eth_getTransactionReceipt", [hash], schema.receipt.nullable());
}

/** Logs of a stretch of blocks, asked for in halves where the node finds it too much at once. */
export async function readLogs(rpc: JsonRpc, filter: LogFilter, from: number, to: number): Promise<Log[]> {
  try {
    const params = { ...filter, fromBlock: quantity(from), toBlock: quantity(to) };
    return await rpc.agreed("eth_getLogs", [params], z.array(schema.log));
  } catch (error) {
    if (!(error instanceof RpcFault) || error.answer === "unsupported") throw error;
    if (from === to) throw transientError("RPC_FAULT", `${rpc.name} has no logs of block ${from}: ${error.message}`);
    const middle = Math.floor((from + to) / 2);
    return [...(await readLogs(rpc, filter, from, middle)), ...(await readLogs(rpc, filter, middle + 1, to))];
  }
}

export interface LogFilter {
  readonly address: readonly Hex[];
  readonly topics: readonly unknown[];
}

/** What the EVM objected to. An error of the node itself is no objection: it is thrown on, to be tried again. */
export function refusalOf(fault: RpcFault): Revert {
  if (fault.answer !== "reverted") throw transientError("RPC_FAULT", `the node could not run ${fault.method}: ${fault.message}`);
  return fault.revert === undefined ? { error: fault.message } : describeRevert(fault.revert);
}

export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;

/** As a topic of a log. */
export const wordOf = (value: Hex): Hex => `0x${value.slice(2).padStart(64, "0")}`;
