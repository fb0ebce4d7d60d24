import type { Hex } from "../core/hex.ts";

/** The contracts of one deployment, by their addresses. */
export interface Deployment {
  readonly chainId: number;
  /** No event of the protocol is older than this block. */
  readonly block: number;
  readonly opg: Hex;
  readonly verifier: Hex;
  readonly models: Hex;
  readonly stakes: Hex;
  readonly game: Hex;
  readonly jobs: Hex;
  readonly lens: Hex;
}

/**
 * Public deployments by the number of their chain. A checkout knows none: in the package this file is the contracts package's
 * (scripts/package/main.ts), which has those of `deployments/`.
 */
export const deployments: Readonly<Record<number, Deployment>> = {};
