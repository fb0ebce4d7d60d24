import type { Result } from "ethers";
import type { Hex } from "../../../core/hex.ts";
import { gameInterface } from "../../../sdk/chain/contracts.ts";

/** Places in calldata at which a call is looked for, at most. */
const MOST_TRIES = 64;

/**
 * The proof in a transaction's calldata: of a call of the game, or of one that another contract passes on as it is. Undefined where
 * there is none about that job.
 */
export function proofIn(data: string, name: "convict" | "advance", job: bigint): Hex | undefined {
  const selector = gameInterface.getFunction(name)!.selector.slice(2);
  const hex = data.slice(2).toLowerCase();
  for (let at = hex.indexOf(selector), tries = 0; at >= 0 && tries < MOST_TRIES; at = hex.indexOf(selector, at + 1), tries++) {
    const call = at % 2 === 0 ? decoded(name, `0x${hex.slice(at)}`) : undefined;
    if (call !== undefined && (call.job as Result).id === job) return (name === "convict" ? call.proof : call.piece) as Hex;
  }
  return undefined;
}

function decoded(name: string, data: string): Result | undefined {
  try {
    return gameInterface.decodeFunctionData(name, data);
  } catch {
    return undefined;
  }
}
