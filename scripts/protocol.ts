/** A deployment of the protocol on any chain: its parameters, its contracts in their order, and what the chain says of them afterwards. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Contract, Provider } from "ethers";
import type { IgnitionModule } from "@nomicfoundation/ignition-core";
import { z } from "zod";
import releases from "../contracts/abi/verifiers.json" with { type: "json" };
import Protocol from "../ignition/modules/Protocol.ts";
import Token from "../ignition/modules/Token.ts";
import Verifier from "../ignition/modules/Verifier.ts";

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

export const parametersFile = (network: string): string => join(import.meta.dirname, "..", "ignition", "parameters", `${network}.json`);

/** The parameter file of a network. */
export function readParameters(network: string): Parameters {
  return Parameters.parse(JSON.parse(readFileSync(parametersFile(network), "utf8")));
}

/** Where modules are deployed, and contracts are asked. */
export interface Ground {
  readonly provider: Provider;
  /** Runs a module; gives the addresses of its results by their names. */
  deploy(module: IgnitionModule, parameters?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, string>>>;
  /** A contract of this project at an address. */
  contractAt(name: string, at: string): Promise<Contract>;
}

/** Deploys what `parameters` does not name, and asserts the result. */
export async function deployOn(ground: Ground, parameters: Parameters): Promise<Deployment> {
  const { opg: givenOpg, verifier: givenVerifier, ...limits } = parameters;
  const chainId = Number((await ground.provider.getNetwork()).chainId);
  const block = await ground.provider.getBlockNumber();
  const opg = givenOpg ?? (await ground.deploy(Token)).opg;
  const verifier = givenVerifier ?? (await ground.deploy(Verifier)).verifier;
  const { models, stakes, game, jobs, lens } = await ground.deploy(Protocol, { opg, releases: knownReleases(), ...limits });
  const deployment: Deployment = { chainId, block, opg, verifier, models, stakes, game, jobs, lens };
  await assertOn(ground, deployment, parameters);
  return deployment;
}

/** Reads every parameter and every reference back from the chain; throws with all that differ. */
export async function assertOn(ground: Ground, deployment: Deployment, parameters: Parameters): Promise<void> {
  const { opg, verifier, models, stakes, game, jobs, lens } = deployment;
  const expected: [contract: string, at: string, values: Record<string, string | bigint>][] = [
    ["StakeRegistry", stakes, { opg, ...pick(parameters, "exitDelay", "compensationBps", "rewardBps") }],
    [
      "DisputeGame",
      game,
      {
        ...{ opg, models, stakes, jobs },
        maxDuration: parameters.openPeriod + parameters.provePeriod,
        ...pick(parameters, "challengeFee", "challengeFeeBps", "openPeriod", "provePeriod", "rewardPeriod"),
        ...pick(parameters, "revealPeriod", "maxOpenDemands", "demandFee", "demandDepositBps"),
      },
    ],
    [
      "JobRegistry",
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
    const contract = await ground.contractAt(name, at);
    for (const [getter, value] of Object.entries(values)) {
      const actual: unknown = await contract.getFunction(getter).staticCall();
      if (String(actual).toLowerCase() !== String(value).toLowerCase()) {
        faults.push(`${name}.${getter} is ${String(actual)}, not ${String(value)}`);
      }
    }
  }
  const known = (await ground.contractAt("Lens", lens)).getFunction("isVerifierKnown");
  if (parameters.verifier === undefined && (await known.staticCall(verifier)) !== true) {
    faults.push(`the verifier ${verifier} is not of a release in contracts/abi/verifiers.json: run npm run abi`);
  }
  for (const at of [opg, verifier]) {
    if ((await ground.provider.getCode(at)) === "0x") faults.push(`no code at ${at}`);
  }
  if (faults.length > 0) throw new Error(`The deployment is not what was asked for:\n${faults.join("\n")}`);
}

/** What the lens compares verifiers with. */
const knownReleases = () => releases.map(({ verifier, families }) => ({ verifier: verifier.codeHash, families: families.map(({ codeHash }) => codeHash) }));

function pick<K extends keyof Parameters>(parameters: Parameters, ...keys: K[]): Record<K, Parameters[K] & bigint> {
  return Object.fromEntries(keys.map((k) => [k, parameters[k]])) as Record<K, Parameters[K] & bigint>;
}
