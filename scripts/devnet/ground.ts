/** The project's compiled contracts on a development chain: deployed by Ignition's modules or alone, and asked. */
import { readFileSync } from "node:fs";
import { Contract, ContractFactory, type ContractRunner, type InterfaceAbi, type JsonRpcApiProvider, type Signer } from "ethers";
import { deploy, type Artifact, type DeploymentParameters } from "@nomicfoundation/ignition-core";
import { artifactPath } from "../../oracle/certify/artifacts.ts";
import { PROTOCOL } from "../../oracle/certify/chainJudge.ts";
import type { Ground } from "../protocol.ts";

type Name = readonly [folder: string, name: string];

/** What a devnet deploys: the protocol, and a consumer to show. */
export const CONTRACTS: readonly Name[] = [...PROTOCOL, ["periphery", "Lens"], ["consumer/examples", "DigitReader"]];

interface Compiled {
  readonly abi: InterfaceAbi & unknown[];
  readonly bytecode: string;
}

const compiled = (...[folder, name]: Name): Compiled => JSON.parse(readFileSync(artifactPath(folder, name), "utf8")) as Compiled;

function find(name: string): Name {
  const found = CONTRACTS.find((each) => each[1] === name);
  if (found === undefined) throw new Error(`no devnet has a contract ${name}`);
  return found;
}

/** One of the protocol's contracts. */
export const contractAt = (name: string, at: string, runner: ContractRunner): Contract => new Contract(at, compiled(...find(name)).abi, runner);

/** Deploys any compiled contract and waits until it is mined. */
export async function deployContract(name: Name, args: readonly unknown[], signer: Signer): Promise<Contract> {
  const { abi, bytecode } = compiled(...name);
  const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args);
  await contract.waitForDeployment();
  return contract as Contract;
}

/** As Ignition wants it; libraries are linked into none of these. */
function artifactOf(contractName: string): Artifact {
  const [folder, name] = find(contractName);
  const linked = { linkReferences: {}, deployedLinkReferences: {} };
  return { _format: "hh3-artifact-1", contractName, sourceName: `contracts/${folder}/${name}.sol`, deployedBytecode: "0x", ...compiled(folder, name), ...linked };
}

/** Modules are run in memory: the journal of a chain that ends with its process would be of no use to anybody. */
export async function groundOn(provider: JsonRpcApiProvider): Promise<Ground> {
  const accounts = (await provider.send("eth_accounts", [])) as string[];
  return {
    provider,
    async deploy(module, parameters = {}) {
      const result = await deploy({
        artifactResolver: { loadArtifact: (name) => Promise.resolve(artifactOf(name)), getBuildInfo: () => Promise.resolve(undefined) },
        provider: { request: ({ method, params = [] }) => provider.send(method, params as unknown[]) },
        config: { requiredConfirmations: 1, blockPollingInterval: 50 },
        ignitionModule: module,
        deploymentParameters: { [module.id]: parameters } as DeploymentParameters,
        accounts,
      });
      if (result.type !== "SUCCESSFUL_DEPLOYMENT") throw new Error(`${module.id} was not deployed: ${JSON.stringify(result)}`);
      return Object.fromEntries(Object.entries(module.results).map(([name, { id }]) => [name, result.contracts[id].address]));
    },
    contractAt: (name, at) => Promise.resolve(contractAt(name, at, provider)),
  };
}
