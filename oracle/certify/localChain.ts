import { readFileSync } from "node:fs";
import { Interface, type InterfaceAbi } from "ethers";
import { encodeCall } from "../../core/abi.ts";
import { TRANSACTION_GAS } from "../../core/dispute/budget.ts";
import { artifactPath } from "./artifacts.ts";

export const BLOCK_GAS = 60_000_000;
/** Said with every transaction, so that nobody need ask the chain for it: more than its base fee comes to. */
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

/** A node that mines every transaction at once, for accounts that it holds. */
export interface LocalNode {
  request(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** Sends a transaction. */
  mine(transaction: Readonly<Record<string, string>>): Promise<Mined>;
  close(): Promise<void>;
}

export interface Mined {
  readonly hash: string;
  /** The data that it reverted with, where it did. */
  readonly revert: string | undefined;
}

/** A chain of one's own, with the limits of a real one, and the project's contracts at hand. */
export interface LocalChain {
  readonly accounts: readonly string[];
  request: LocalNode["request"];
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
export type OpenChain = (needed: readonly (readonly [folder: string, name: string])[], onBuild: () => void, callGas?: number) => Promise<LocalChain>;


const hex = (n: number): string => `0x${n.toString(16)}`;

/** @param callGas that a question may take */
export async function chainOn(node: LocalNode, callGas: number): Promise<LocalChain> {
  const { request } = node;
  const accounts = (await request("eth_accounts")) as string[];

  const mine = async (transaction: Readonly<Record<string, string>>) => {
    const { hash, revert } = await node.mine({ ...transaction, ...FEES });
    const receipt = (await request("eth_getTransactionReceipt", hash)) as { gasUsed: string; contractAddress: string; logs: Sent["logs"] };
    return { ...receipt, revert };
  };

  const chain: LocalChain = {
    accounts,
    request,
    close: () => node.close(),
    async deploy(folder, name, args = []) {
      const { abi: source, bytecode } = JSON.parse(readFileSync(artifactPath(folder, name), "utf8")) as Artifact;
      const abi = new Interface(source);
      const data = `${bytecode}${abi.encodeDeploy(args).slice(2)}`;
      const { contractAddress, revert } = await mine({ from: accounts[0], data, gas: hex(TRANSACTION_GAS) });
      if (revert !== undefined) throw new Error(`the deployment of ${name} reverted with ${revert}`);
      return { address: contractAddress, abi };
    },
    async send(from, data, to, gasLimit = TRANSACTION_GAS) {
      const { gasUsed, logs, revert } = await mine({ from, to, data, gas: hex(gasLimit) });
      return { gas: Number(gasUsed), logs, revert };
    },
    async call(from, { address, abi }, method, args) {
      const sent = await chain.send(from, encodeCall(abi.getFunction(method)!, args), address);
      if (sent.revert !== undefined) throw new Error(`${method} reverted with ${sent.revert}`);
      return sent;
    },
    async read({ address, abi }, method, args) {
      const data = encodeCall(abi.getFunction(method)!, args);
      const answer = (await request("eth_call", { from: accounts[0], to: address, data, gas: hex(callGas) }, "latest")) as string;
      return Array.from(abi.decodeFunctionResult(method, answer));
    },
  };
  return chain;
}
