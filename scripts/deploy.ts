/**
 * Deploys the protocol with Hardhat Ignition, reads every parameter back from the chain, and asserts it. Imported by
 * tests and the demo; as a command, `npm run deploy -- --network NAME` takes `ignition/parameters/NAME.json` and writes
 * `deployments/NAME.json`. It deploys to no chain that was not named, and replaces no deployment that lives unless told.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { pathToFileURL } from "node:url";
import type { NetworkConnection } from "hardhat/types/network";
import { assertOn, deployOn, Deployment, Parameters, parametersFile, readParameters, type Ground } from "./protocol.ts";

export { Deployment, Parameters, readParameters };

const root = join(import.meta.dirname, "..");

/** A connection with the Hardhat toolbox. */
const groundOn = ({ ethers, ignition }: NetworkConnection, deploymentId?: string): Ground => ({
  provider: ethers.provider,
  async deploy(module, parameters = {}) {
    const deployed = await ignition.deploy(module, { deploymentId, parameters: { [module.id]: parameters as Record<string, never> } });
    return Object.fromEntries(await Promise.all(Object.entries(deployed).map(async ([name, contract]) => [name, await contract.getAddress()] as const)));
  },
  contractAt: async (name, at) => ethers.getContractAt(name, at),
});

/** Deploys what `parameters` does not name, and asserts the result. Needs a connection with the Hardhat toolbox. */
export async function deployProtocol(connection: NetworkConnection, parameters: Parameters): Promise<Deployment> {
  const { chainId } = await connection.ethers.provider.getNetwork();
  // The journal of a development chain would outlive the chain and "deploy" nothing next time.
  const passing = chainId === 31337n ? `local-${process.pid}-${performance.now().toString().replace(".", "-")}` : undefined;
  try {
    return await deployOn(groundOn(connection, passing), parameters);
  } finally {
    if (passing !== undefined) rmSync(join(root, "ignition", "deployments", passing), { recursive: true, force: true });
  }
}

/** Reads every parameter and every reference back from the chain; throws with all that differ. */
export const assertDeployment = (connection: NetworkConnection, deployment: Deployment, parameters: Parameters): Promise<void> =>
  assertOn(groundOn(connection), deployment, parameters);

const DEPLOYMENTS = join(root, "deployments");
const deploymentFile = (folder: string, network: string): string => join(folder, `${network}.json`);

/** The deployment that a new one would replace: what is written of it, and whether it lives on this chain. */
export async function deploymentInTheWay(
  { ethers }: NetworkConnection,
  network: string,
  folder = DEPLOYMENTS,
): Promise<{ file: string; lives: boolean; text: string } | undefined> {
  const file = deploymentFile(folder, network);
  if (!existsSync(file)) return undefined;
  const { data } = Deployment.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (data === undefined) return { file, lives: true, text: `${file} is no deployment file` };
  const chainId = Number((await ethers.provider.getNetwork()).chainId);
  const lives = chainId !== data.chainId || (await ethers.provider.getCode(data.jobs)) !== "0x";
  const where = `${file} names a deployment on chain ${data.chainId} from block ${data.block} on, with the jobs registry ${data.jobs}`;
  return { file, lives, text: lives ? where : `${where}, of which nothing is left on this chain` };
}

/** Writes `deployments/NAME.json`, which the oracle and other projects read. What stood there and lives is kept beside it. */
export function writeDeployment(network: string, deployment: Deployment, keepOld = false, folder = DEPLOYMENTS): string {
  const file = deploymentFile(folder, network);
  mkdirSync(folder, { recursive: true });
  if (keepOld) renameSync(file, deploymentFile(folder, `${network}.until-block-${deployment.block}`));
  writeFileSync(file, `${JSON.stringify(Deployment.parse(deployment), null, 2)}\n`);
  return file;
}

/** True as `hardhat run scripts/deploy.ts`, false when imported. */
const isCommand =
  process.argv.includes("run") && process.argv.some((argument) => pathToFileURL(resolve(process.cwd(), argument)).href === import.meta.url);
if (isCommand) process.exitCode = await main();

async function main(): Promise<number> {
  const { network } = await import("hardhat");
  const connection = await network.create();
  try {
    const name = connection.networkName;
    if (name === "default" || !existsSync(parametersFile(name))) {
      const known = readdirSync(join(root, "ignition", "parameters")).map((file) => file.replace(".json", ""));
      const why = name === "default" ? "no network was named, and the chain inside this process ends with it" : `there are no parameters for ${name}`;
      console.error(`deploy: ${why}\nfix: npm run deploy -- --network NAME, with ignition/parameters/NAME.json (there are: ${known.join(", ")}) and NAME in hardhat.config.ts`);
      return 2;
    }
    const old = await deploymentInTheWay(connection, name);
    if (old !== undefined) {
      console.error(`deploy: ${old.text}; it would be replaced`);
      if (old.lives && !(await mayReplace())) {
        console.error("deploy: nothing was deployed\nfix: move the file away, answer y, or set OPG_OVERWRITE=1; the old file is kept beside the new one");
        return 1;
      }
    }
    const deployment = await deployProtocol(connection, readParameters(name));
    const file = writeDeployment(name, deployment, old?.lives);
    console.log(`${JSON.stringify(deployment, null, 2)}\nwritten to ${file}`);
    return 0;
  } finally {
    await connection.close();
  }
}

/** Whether somebody says that a deployment is to be replaced. */
async function mayReplace(): Promise<boolean> {
  if (process.env.OPG_OVERWRITE === "1") return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question("Replace it? [y/N] ")).trim());
  } finally {
    lines.close();
  }
}
