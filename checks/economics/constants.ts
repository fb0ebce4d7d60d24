import { network } from "hardhat";
import type { Contract } from "ethers";
import { deployProtocol, readParameters } from "../../scripts/deploy.ts";

const STAKES = ["exitDelay", "compensationBps", "rewardBps"] as const;
const GAME = [
  ...["challengeFee", "challengeFeeBps", "openPeriod", "provePeriod", "rewardPeriod", "revealPeriod"],
  ...["maxOpenDemands", "demandFee", "demandDepositBps"],
] as readonly ("challengeFee" | "challengeFeeBps" | "openPeriod" | "provePeriod" | "rewardPeriod" | "revealPeriod" | "maxOpenDemands" | "demandFee" | "demandDepositBps")[];
const JOBS = ["maxWindow", "acceptPeriod", "maxInputBytes", "maxOutputBytes", "maxCallbackGas"] as const;

/** What the contracts of a deployment hold. OPG in its smallest unit, periods in seconds, parts in basis points. */
export type Constants = Readonly<Record<(typeof STAKES)[number] | (typeof GAME)[number] | (typeof JOBS)[number], bigint>>;

/** Deploys with a network's parameter file on a chain in this process, and asks the contracts. */
export async function readConstants(parameterFile: string): Promise<Constants> {
  const connection = await network.create();
  try {
    const { opg: _elsewhere, ...parameters } = readParameters(parameterFile);
    const verifier = await (await connection.ethers.deployContract("AlphabetVerifier")).getAddress();
    const at = await deployProtocol(connection, { ...parameters, verifier });
    const ask = async (contract: Contract, names: readonly string[]) =>
      Promise.all(names.map(async (name) => [name, (await contract.getFunction(name).staticCall()) as bigint] as const));
    const { ethers } = connection;
    const asked = await Promise.all([
      ask(await ethers.getContractAt("StakeRegistry", at.stakes), STAKES),
      ask(await ethers.getContractAt("DisputeGame", at.game), GAME),
      ask(await ethers.getContractAt("JobRegistry", at.jobs), JOBS),
    ]);
    return Object.fromEntries(asked.flat()) as Constants;
  } finally {
    await connection.close();
  }
}
