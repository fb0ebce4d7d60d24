import type { Interface } from "ethers";
import { z } from "zod";
import { messageOf, transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { refusalOf } from "./blocks.ts";
import { RpcFault, type JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

/** Calls a view at a block and hands its decoded values to a schema. */
export async function view<T>(
  rpc: JsonRpc,
  at: Hex | "latest",
  to: Hex,
  contract: Interface,
  name: string,
  values: readonly unknown[],
  shape: z.ZodType<T>,
): Promise<T> {
  const data = contract.encodeFunctionData(name, values);
  let reply: Hex;
  try {
    reply = await rpc.call("eth_call", [{ to, data }, at], schema.bytes);
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    // Rationale: nothing is asked of a contract that it refuses; a node that is behind lets it.
    throw transientError("CHAIN_VIEW", `${name}: ${refusalOf(error).error}`);
  }
  // A node without the state of this block answers as if there were no contract.
  if (reply === "0x") throw transientError("CHAIN_NO_STATE", `${rpc.name} answered ${name} at ${to} with nothing`);
  let decoded: unknown;
  try {
    decoded = contract.decodeFunctionResult(name, reply).toArray(true);
  } catch (error) {
    throw transientError("CHAIN_VIEW_SHAPE", `${name} at ${to} answered in an unknown shape: ${messageOf(error)}`);
  }
  const parsed = z.tuple([shape]).safeParse(decoded);
  if (!parsed.success) throw transientError("CHAIN_VIEW_SHAPE", `${name} at ${to} answered in an unknown shape`);
  return parsed.data[0];
}

export const uint = z.bigint();
export const number = uint.transform(Number);
export const lower = z.string().transform((text) => text.toLowerCase() as Hex);
