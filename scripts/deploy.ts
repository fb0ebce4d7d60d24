/**
 * Deploys the protocol with Hardhat Ignition, reads every parameter back from the chain, and asserts it. Imported by
 * tests and the demo; as a command, `hardhat run scripts/deploy.ts --network NAME` takes `ignition/parameters/NAME.json`
 * and writes `deployments/NAME.json`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/** The parameter file of a network. */
export function readParameters(network: string): Parameters {
  const file = join(root, "ignition", "parameters", `${network}.json`);
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
    faults.push(`the verifier ${verifier} is not of a release in abi/verifiers.json: run npm run abi`);
  }
  for (const at of [opg, verifier]) {
    if ((await ethers.provider.getCode(at)) === "0x") faults.push(`no code at ${at}`);
  }
  if (faults.length > 0) throw new Error(`The deployment is not what was asked for:\n${faults.join("\n")}`);
}

/** What the lens compares verifiers with. */
const knownReleases = () =>
  readReleases().map(({ verifier, families }) => ({ verifier: verifier.codeHash, families: families.map(({ codeHash }) => codeHash) }));

/** Writes `deployments/NAME.json`, which the oracle and other projects read. */
export function writeDeployment(network: string, deployment: Deployment): string {
  const file = join(root, "deployments", `${network}.json`);
  mkdirSync(join(root, "deployments"), { recursive: true });
  writeFileSync(file, `${JSON.stringify(Deployment.parse(deployment), null, 2)}\n`);
  return file;
}

function pick<K extends keyof Parameters>(parameters: Parameters, ...keys: K[]): Record<K, Parameters[K] & bigint> {
  return Object.fromEntries(keys.map((k) => [k, parameters[k]])) as Record<K, Parameters[K] & bigint>;
}

/** True as `hardhat run scripts/deploy.ts`, false when imported. */
const isCommand = process.argv.some((a, i) => process.argv[i - 1] === "run" && pathToFileURL(join(process.cwd(), a)).href === import.meta.url);
if (isCommand) {
  const { network } = await import("hardhat");
  const connection = await network.create();
  const name = connection.networkName === "default" ? "local" : connection.networkName;
  const deployment = await deployProtocol(connection, readParameters(name));
  const file = writeDeployment(name, deployment);
  console.log(`${JSON.stringify(deployment, null, 2)}\nwritten to ${file}`);
  await connection.close();
}
