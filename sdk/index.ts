/**
 * The kit over ethers.
 * @module ethers
 */
import type { ContractRunner } from "ethers";
import { ethersChain } from "./chain/ethers.ts";
import { openClient, type Client, type ConnectOptions } from "./client.ts";
import { contractsOf, type Contracts } from "./contracts.ts";

export * from "./shared.ts";
export { contractsOf, type Contracts } from "./contracts.ts";
export type { DigitReader, DisputeGame, IInferenceConsumer, JobRegistry, Lens, ModelRegistry, OPG, OpVerifier, StakeRegistry } from "./contracts.ts";
export { ethersChain } from "./chain/ethers.ts";

/** A client over ethers, with the contracts themselves. */
export interface EthersClient extends Client {
  readonly contracts: Contracts;
}

/** Connects by a provider, which only reads, or by a signer with a provider. */
export async function connect(runner: ContractRunner, options?: ConnectOptions): Promise<EthersClient> {
  const client = await openClient(ethersChain(runner), options);
  return { ...client, contracts: contractsOf(client.deployment, runner) };
}
