import type { Interface, Result } from "ethers";
import type { Hex } from "../../core/hex.ts";
import { OpgError } from "../errors.ts";
import type { Deployment } from "../publicDeployments.ts";
import type { Chain, Log, LogFilter, Mined } from "./port.ts";
import { opgErrorOf, revertIn } from "./reverts.ts";

/** Everything that the kit's functions work on: a chain, and the contracts of one deployment on it. */
export interface Context {
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** Blocks whose logs are asked for at once. */
  readonly logRange: number;
  /** Puts a question to a contract. */
  ask(to: Hex, contract: Interface, name: string, values?: readonly unknown[]): Promise<Result>;
  /** Calls a contract in a transaction. */
  send(to: Hex, contract: Interface, name: string, values: readonly unknown[]): Promise<Mined>;
  /** All logs of a range of blocks, in their order. */
  logs(filter: LogFilter): Promise<Log[]>;
  /** The account that signs; throws where there is none. */
  account(): Promise<Hex>;
}

export function createContext(chain: Chain, deployment: Deployment, logRange: number): Context {
  const told = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw opgErrorOf(error);
    });
  return {
    chain,
    deployment,
    logRange,
    async ask(to, contract, name, values = []) {
      const data = contract.encodeFunctionData(name, values) as Hex;
      const answer = await told(chain.call({ to, data }, "latest"));
      if (answer === "0x") throw new OpgError("CHAIN", `there is no contract at ${to}, or the node has not got its state`, "check the network and the deployment");
      return contract.decodeFunctionResult(name, answer);
    },
    async send(to, contract, name, values) {
      const data = contract.encodeFunctionData(name, values) as Hex;
      // What a contract would refuse is refused before the wallet is asked: its answer has the reason, a failed transaction has none.
      // In the newest block a step may be a second too early that is due in the next; not every node knows that one.
      const rehearsed = chain.call({ to, data }, "pending").catch((error: unknown) => {
        if (revertIn(error) !== undefined) throw error;
        return chain.call({ to, data }, "latest");
      });
      await told(rehearsed);
      return told(chain.send({ to, data }));
    },
    async logs(filter) {
      const parts: Log[] = [];
      for (let from = filter.fromBlock; from <= filter.toBlock; from += logRange) {
        parts.push(...(await told(chain.logs({ ...filter, fromBlock: from, toBlock: Math.min(filter.toBlock, from + logRange - 1) }))));
      }
      return parts.sort((a, b) => a.block - b.block || a.index - b.index);
    },
    async account() {
      const account = await told(chain.account());
      if (account === undefined) throw new OpgError("NO_ACCOUNT", "this connection only reads", "connect with a signer or a wallet");
      return account;
    },
  };
}
