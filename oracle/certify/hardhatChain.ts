import { join } from "node:path";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { TRANSACTION_GAS } from "../../core/dispute/budget.ts";
import { provideArtifacts, root } from "./artifacts.ts";
import { BLOCK_GAS, chainOn, type Mined, type OpenChain } from "./localChain.ts";

/** A chain inside this process. */
export const openHardhatChain: OpenChain = async (needed, onBuild, callGas = TRANSACTION_GAS) => {
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
  return chainOn(
    {
      request,
      close: () => connection.close(),
      async mine(transaction) {
        try {
          return { hash: (await request("eth_sendTransaction", transaction)) as string, revert: undefined };
        } catch (error) {
          return revertOf(error);
        }
      },
    },
    callGas,
  );
};

/** A mined transaction that reverted, by the error that the chain throws for it; other errors go on. */
function revertOf(error: unknown): Mined {
  const thrown = error as { data?: unknown; transactionHash?: unknown };
  const { data, transactionHash } = typeof thrown.data === "object" && thrown.data !== null ? (thrown.data as typeof thrown) : thrown;
  if (typeof transactionHash === "string") return { hash: transactionHash, revert: typeof data === "string" ? data : "0x" };
  throw error;
}
