import { FAMILIES } from "../../core/program/families.ts";
import type { Deployed, LocalChain } from "./localChain.ts";

/** The verifier and what it routes to, by folder and name. */
export const VERIFIER = [...FAMILIES.map((name) => ["families", name] as const), ["dispute", "OpVerifier"] as const];

/** The verifier over freshly deployed families, on a chain that was opened with VERIFIER. */
export async function deployVerifier(chain: LocalChain): Promise<Deployed> {
  const families: string[] = [];
  for (const name of FAMILIES) families.push((await chain.deploy("families", name)).address);
  return chain.deploy("dispute", "OpVerifier", [families]);
}
