import { Contract, type ContractRunner, type Interface } from "ethers";
import type { DisputeGame } from "../types/ethers-contracts/dispute/DisputeGame.ts";
import type { JobRegistry } from "../types/ethers-contracts/jobs/JobRegistry.ts";
import type { Lens } from "../types/ethers-contracts/periphery/Lens.ts";
import type { ModelRegistry } from "../types/ethers-contracts/registry/ModelRegistry.ts";
import type { StakeRegistry } from "../types/ethers-contracts/staking/StakeRegistry.ts";
import type { OPG } from "../types/ethers-contracts/token/OPG.ts";
import type { OpVerifier } from "../types/ethers-contracts/dispute/OpVerifier.ts";
import { gameInterface, jobsInterface, lensInterface, modelsInterface, stakesInterface, tokenInterface, verifierInterface } from "./chain/contracts.ts";
import type { Deployment } from "./publicDeployments.ts";

export type { DigitReader } from "../types/ethers-contracts/consumer/examples/DigitReader.ts";
export type { IInferenceConsumer } from "../types/ethers-contracts/interfaces/IInferenceConsumer.ts";
export type { DisputeGame, JobRegistry, Lens, ModelRegistry, OPG, OpVerifier, StakeRegistry };

/** All contracts of a deployment as ethers has them, with TypeChain's types: whatever the client does not do. */
export interface Contracts {
  readonly jobs: JobRegistry;
  readonly game: DisputeGame;
  readonly models: ModelRegistry;
  readonly stakes: StakeRegistry;
  readonly opg: OPG;
  readonly verifier: OpVerifier;
  readonly lens: Lens;
}

/** The contracts at a deployment's addresses, called by a provider or a signer. */
export function contractsOf({ jobs, game, models, stakes, opg, verifier, lens }: Deployment, runner: ContractRunner): Contracts {
  const at = <T>(address: string, contract: Interface): T => new Contract(address, contract, runner) as unknown as T;
  return {
    jobs: at(jobs, jobsInterface),
    game: at(game, gameInterface),
    models: at(models, modelsInterface),
    stakes: at(stakes, stakesInterface),
    opg: at(opg, tokenInterface),
    verifier: at(verifier, verifierInterface),
    lens: at(lens, lensInterface),
  };
}
