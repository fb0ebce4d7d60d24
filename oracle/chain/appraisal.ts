import { TRANSACTION_GAS } from "../../core/dispute/budget.ts";
import { transientError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainReader, OutboxEntry, Simulation } from "../ports.ts";
import { inOneLine } from "./contracts.ts";
import { pendingOrLatest } from "./pending.ts";
import { quantity, refusalOf } from "./blocks.ts";
import { RpcFault, type JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

/** Gas to write to a storage slot that was zero. */
const FRESH_SLOT = 22_100n;
/** Rounds in which a refusal that may pass is repeated before it is believed. */
const DOUBTS = 8;

/**
 * State may move between the estimate and the block, for a longer callback or a colder slot; somebody else's challenge
 * makes one's own the dearer second, with two slots to fill. What fits a transaction without the room goes out with less.
 */
function withRoom(gas: bigint): bigint {
  const wanted = gas + gas / 4n + 2n * FRESH_SLOT;
  const most = BigInt(TRANSACTION_GAS);
  return wanted > most ? most : wanted;
}

/** The gas that a transaction needs, or why it would not go through. */
export type Appraised = { readonly gas: bigint } | { readonly refusal: string };

/** Says what transactions take, and remembers of which it was told no that may not last. */
export interface Appraiser {
  appraise(entry: OutboxEntry): Promise<Appraised>;
  /** A refusal that is doubtful counts once it was repeated; until then it is a fault that may pass. */
  believe(entry: OutboxEntry, error: string, doubtful: boolean): string;
  forget(intent: string): void;
}

export function createAppraiser(rpc: JsonRpc, reader: ChainReader, address: Hex): Appraiser {
  /** By intent: how often in a row something was refused that may pass. */
  const doubts = new Map<string, number>();

  function believe({ intent }: OutboxEntry, error: string, doubtful: boolean): string {
    const count = (doubts.get(intent) ?? 0) + 1;
    if (!doubtful || count >= DOUBTS) return error;
    doubts.set(intent, count);
    throw transientError("TX_DOUBTFUL", `${intent}: ${error}`);
  }

  async function appraise(entry: OutboxEntry): Promise<Appraised> {
    const simulated: Simulation = await reader.simulate(entry, address);
    if (!simulated.ok) return { refusal: believe(entry, inOneLine(simulated), simulated.doubtful === true) };
    const params = { from: address, to: entry.to, data: entry.data, value: quantity(entry.value) };
    let gas: bigint;
    try {
      gas = await pendingOrLatest(rpc, (tag) => rpc.call("eth_estimateGas", [params, tag], schema.big));
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      // The same call just went through.
      return { refusal: believe(entry, inOneLine(refusalOf(error)), true) };
    }
    if (gas > TRANSACTION_GAS) {
      return { refusal: believe(entry, `the node estimates ${gas} gas, more than a transaction may take (${TRANSACTION_GAS})`, true) };
    }
    doubts.delete(entry.intent);
    return { gas: withRoom(gas) };
  }

  return { appraise, believe, forget: (intent) => void doubts.delete(intent) };
}
