import { Interface } from "ethers";
import disputeGame from "../../contracts/abi/DisputeGame.json" with { type: "json" };
import jobRegistry from "../../contracts/abi/JobRegistry.json" with { type: "json" };
import lens from "../../contracts/abi/Lens.json" with { type: "json" };
import modelRegistry from "../../contracts/abi/ModelRegistry.json" with { type: "json" };
import opg from "../../contracts/abi/OPG.json" with { type: "json" };
import opVerifier from "../../contracts/abi/OpVerifier.json" with { type: "json" };
import stakeRegistry from "../../contracts/abi/StakeRegistry.json" with { type: "json" };

export const jobsInterface = new Interface(jobRegistry);
export const gameInterface = new Interface(disputeGame);
export const modelsInterface = new Interface(modelRegistry);
export const stakesInterface = new Interface(stakeRegistry);
export const tokenInterface = new Interface(opg);
export const verifierInterface = new Interface(opVerifier);
export const lensInterface = new Interface(lens);
