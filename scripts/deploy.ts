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
import { z } from "zod";
import Protocol from "../ignition/modules/Protocol.ts";
import Token from "../ignition/modules/Token.ts";
import Verifier from "../ignition/modules/Verifier.ts";
import { readReleases } from "./export-abi.ts";

const root = join(import.meta.dirname, "..");

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address");
const integer = z.string().regex(/^\d+$/, "a decimal integer as a string").transform(BigInt);

/** Constructor parameters of a network. The constructors check the ranges; this checks the form. */
export const Parameters = z.strictObject({
  /** The network's OPG; deployed when absent, its supply to the deployer. */
  opg: address.optional(),
  /** What versions name as their judge; OpVerifier with its families when absent. */
  verifier: address.optional(),
  exitDelay: integer,
  compensationBps: integer,
  rewardBps: integer,
  challengeFee: integer,
  challengeFeeBps: integer,
  openPeriod: integer,
  provePeriod: integer,
  rewardPeriod: integer,
  revealPeriod: integer,
  maxOpenDemands: integer,
  demandFee: integer,
  demandDepositBps: integer,
  maxWindow: integer,
  maxServePeriod: integer,
  acceptPeriod: integer,
  maxInputBytes: integer,
  maxOutputBytes: integer,
  maxCallbackGas: integer,
});
export type Parameters = z.output<typeof Parameters>;

export const Deployment = z.strictObject({
  chainId: z.number().int().positive(),
  /** No event of the protocol is older than this block. */
  block: z.number().int().nonnegative(),
  opg: address,
  verifier: address,
  models: address,
  stakes: address,
  game: address,
  jobs: address,
  lens: address,
});
export type Deployment = z.infer<typeof Deployment>;

const parametersFile = (network: string): string => join(root, "ignition", "parameters", `${network}.json`);

/** The parameter file of a network. */
export function readParameters(network: string): Parameters {
  const file = parametersFile(network);
  return Parameters.parse(JSON.parse(readFileSync(file, "utf8")));
}

/** Deploys what `parameters` does not name, and asserts the result. Needs a connection with the Hardhat toolbox. */
export async function deployProtocol(connection: NetworkConnection, parameters: Parameters): Promise<Deployment> {
  const { opg: givenOpg, verifier: givenVerifier, ...limits } = parameters;
  const { ethers, ignition } = connection;
  const chainId = Number((await ethers.provider.getNetwork()).chainId);
  const block = await ethers.provider.getBlockNumber();

  // The journal of a development chain would outlive the chain and "deploy" nothing next time.
  const passing = chainId === 31337 ? `local-${process.pid}-${performance.now().toString().replace(".", "-")}` : undefined;
  const options = { deploymentId: passing };
  try {
    const opg = givenOpg ?? (await (await ignition.deploy(Token, options)).opg.getAddress());
    const verifier = givenVerifier ?? (await (await ignition.deploy(Verifier, options)).verifier.getAddress());
    const deployed = await ignition.deploy(Protocol, {
      ...options,
      parameters: { Protocol: { opg, releases: knownReleases(), ...limits } },
    });
    const [models, stakes, game, jobs, lens] = await Promise.all(
      [deployed.models, deployed.stakes, deployed.game, deployed.jobs, deployed.lens].map((c) => c.getAddress()),
    );
    const deployment: Deployment = { chainId, block, opg, verifier, models, stakes, game, jobs, lens };
    await assertDeployment(connection, deployment, parameters);
    return deployment;
  } finally {
    if (passing !== undefined) rmSync(join(root, "ignition", "deployments", passing), { recursive: true, force: true });
  }
}

/** Reads every parameter and every reference back from the chain; throws with all that differ. */
export async function assertDeployment(
  { ethers }: NetworkConnection,
  deployment: Deployment,
  parameters: Parameters,
): Promise<void> {
  const { opg, verifier, models, stakes, game, jobs, lens } = deployment;
  const expected: [contract: string, at: string, values: Record<string, string | bigint>][] = [
    ["IStakeRegistry", stakes, { opg, ...pick(parameters, "exitDelay", "compensationBps", "rewardBps") }],
    [
      "IDisputeGame",
      game,
      {
        ...{ opg, models, stakes, jobs },
        maxDuration: parameters.openPeriod + parameters.provePeriod,
        ...pick(parameters, "challengeFee", "challengeFeeBps", "openPeriod", "provePeriod", "rewardPeriod"),
        ...pick(parameters, "revealPeriod", "maxOpenDemands", "demandFee", "demandDepositBps"),
      },
    ],
    [
      "IJobRegistry",
      jobs,
      {
        ...{ opg, models, stakes, game },
        ...pick(parameters, "maxWindow", "maxServePeriod", "acceptPeriod"),
        ...pick(parameters, "maxInputBytes", "maxOutputBytes", "maxCallbackGas"),
      },
    ],
    ["Lens", lens, { jobs, models, stakes, game }],
  ];
  const faults: string[] = [];
  for (const [name, at, values] of expected) {
    const contract = await ethers.getContractAt(name, at);
    for (const [getter, value] of Object.entries(values)) {
      const actual: unknown = await contract.getFunction(getter).staticCall();
      if (String(actual).toLowerCase() !== String(value).toLowerCase()) {
        faults.push(`${name}.${getter} is ${String(actual)}, not ${String(value)}`);
      }
    }
  }
  const known = (await ethers.getContractAt("Lens", lens)).getFunction("isVerifierKnown");
  if (parameters.verifier === undefined && (await known.staticCall(verifier)) !== true) {
    faults.push(`the verifier ${verifier} is not of a release in contracts/abi/verifiers.json: run npm run abi`);
  }
  for (const at of [opg, verifier]) {
    if ((await ethers.provider.getCode(at)) === "0x") faults.push(`no code at ${at}`);
  }
  if (faults.length > 0) throw new Error(`The deployment is not what was asked for:\n${faults.join("\n")}`);
}

/** What the lens compares verifiers with. */
const knownReleases = () =>
  readReleases().map(({ verifier, families }) => ({ verifier: verifier.codeHash, families: families.map(({ codeHash }) => codeHash) }));

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

function pick<K extends keyof Parameters>(parameters: Parameters, ...keys: K[]): Record<K, Parameters[K] & bigint> {
  return Object.fromEntries(keys.map((k) => [k, parameters[k]])) as Record<K, Parameters[K] & bigint>;
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
