import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Interface, type InterfaceAbi } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { encodeCall } from "../core/abi.ts";
import { TRANSACTION_GAS } from "../core/dispute/budget.ts";
import { artifactPath, provideArtifacts, root } from "./artifacts.ts";

const BLOCK_GAS = 60_000_000;
/** Said with every transaction, so that Hardhat need not ask the chain for it: more than its base fee comes to. */
const FEES = { maxFeePerGas: "0x174876e800", maxPriorityFeePerGas: "0x1" };

interface Artifact {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

export interface Deployed {
  readonly address: string;
  readonly abi: Interface;
}

/** What became of a transaction: its gas, its logs, and where it reverted the data that it reverted with. */
export interface Sent {
  readonly gas: number;
  readonly logs: readonly { readonly topics: readonly string[]; readonly data: string }[];
  readonly revert: string | undefined;
}

export type Call = readonly [contract: Deployed, method: string, args: readonly unknown[]];

/** A chain inside this process, with the limits of a real one, and the project's contracts at hand. */
export interface HardhatChain {
  readonly accounts: readonly string[];
  request(method: string, ...params: readonly unknown[]): Promise<unknown>;
  deploy(folder: string, name: string, args?: readonly unknown[]): Promise<Deployed>;
  /** Sends a transaction that may take what a chain allows, or less. */
  send(from: string, data: string, to: string, gasLimit?: number): Promise<Sent>;
  /** Sends one that must go through. */
  call(from: string, ...call: Call): Promise<Sent>;
  /** Asks a function that changes nothing. */
  read(...call: Call): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/**
 * @param needed contracts that will be deployed, by folder and name
 * @param onBuild told before the contracts are compiled, which takes a while
 * @param callGas that a question may take; with more than a transaction may have the chain knows no limit for these either
 */
export async function openHardhatChain(
  needed: readonly (readonly [folder: string, name: string])[],
  onBuild: () => void,
  callGas = TRANSACTION_GAS,
): Promise<HardhatChain> {
  await provideArtifacts(needed, onBuild);
  const hre = await createHardhatRuntimeEnvironment(
    {
      // Without the build's own records beside it, the chain starts at once instead of reading them for stack traces.
      paths: { artifacts: join(root, "artifacts", "none") },
      networks: {
        judge: {
          ...{ type: "edr-simulated", chainType: "l1", hardfork: "osaka", blockGasLimit: Math.max(BLOCK_GAS, callGas) },
          transactionGasCap: callGas > TRANSACTION_GAS ? false : BigInt(TRANSACTION_GAS),
        },
      },
    },
    {},
    root,
  );
  const { provider, ...connection } = await hre.network.create("judge");
  const request = (method: string, ...params: readonly unknown[]): Promise<unknown> => provider.request({ method, params: [...params] });
  const accounts = (await request("eth_accounts")) as string[];
  const gas = `0x${TRANSACTION_GAS.toString(16)}`;

  const receiptOf = async (hash: string) => (await request("eth_getTransactionReceipt", hash)) as { gasUsed: string; status: string; contractAddress: string; logs: Sent["logs"] };

  const chain: HardhatChain = {
    accounts,
    request,
    close: () => connection.close(),
    async deploy(folder, name, args = []) {
      const { abi: source, bytecode } = JSON.parse(readFileSync(artifactPath(folder, name), "utf8")) as Artifact;
      const abi = new Interface(source);
      const data = `${bytecode}${abi.encodeDeploy(args).slice(2)}`;
      const { contractAddress } = await receiptOf((await request("eth_sendTransaction", { from: accounts[0], data, gas, ...FEES })) as string);
      return { address: contractAddress, abi };
    },
    async send(from, data, to, gasLimit = TRANSACTION_GAS) {
      const gas = `0x${gasLimit.toString(16)}`;
      try {
        const { gasUsed, logs } = await receiptOf((await request("eth_sendTransaction", { from, to, data, gas, ...FEES })) as string);
        return { gas: Number(gasUsed), logs, revert: undefined };
      } catch (error) {
        const { data: revert, transactionHash } = revertOf(error);
        const { gasUsed } = await receiptOf(transactionHash);
        return { gas: Number(gasUsed), logs: [], revert };
      }
    },
    async call(from, { address, abi }, method, args) {
      const sent = await chain.send(from, encodeCall(abi.getFunction(method)!, args), address);
      if (sent.revert !== undefined) throw new Error(`${method} reverted with ${sent.revert}`);
      return sent;
    },
    async read({ address, abi }, method, args) {
      const answer = (await request("eth_call", { to: address, data: encodeCall(abi.getFunction(method)!, args), gas: `0x${callGas.toString(16)}` }, "latest")) as string;
      return Array.from(abi.decodeFunctionResult(method, answer));
    },
  };
  return chain;
}

/** The data that a mined transaction reverted with, by the error that the chain throws for it; other errors go on. */
function revertOf(error: unknown): { data: string; transactionHash: string } {
  const thrown = error as { data?: unknown; transactionHash?: unknown };
  const { data, transactionHash } = typeof thrown.data === "object" && thrown.data !== null ? (thrown.data as typeof thrown) : thrown;
  if (typeof transactionHash === "string") return { data: typeof data === "string" ? data : "0x", transactionHash };
  throw error;
}
