import { existsSync, globSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { createHardhatRuntimeEnvironment, importUserConfig } from "hardhat/hre";
import { TRANSACTION_GAS } from "../core/dispute/budget.ts";
import { artifactPath, BLOCK_GAS, chainOn, root, type Mined, type OpenChain } from "./localChain.ts";

const newest = (pattern: string): number => Math.max(0, ...globSync(pattern, { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs));

/** Whether there are artifacts from after the last change of a source. Looking is a hundred times quicker than building. */
function isBuilt(needed: readonly (readonly [folder: string, name: string])[]): boolean {
  return needed.every((path) => existsSync(artifactPath(...path))) && newest("artifacts/build-info/*.json") >= newest("{contracts/**/*.sol,hardhat.config.ts}");
}

async function build(): Promise<void> {
  const config = join(root, "hardhat.config.ts");
  const hre = await createHardhatRuntimeEnvironment(await importUserConfig(config), { config }, root);
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  // A build that found nothing to do leaves its records as old as they were: say that they are up to date.
  const now = new Date();
  for (const file of globSync("artifacts/build-info/*.json", { cwd: root })) utimesSync(join(root, file), now, now);
}

/** A chain inside this process. */
export const openHardhatChain: OpenChain = async (needed, onBuild, callGas = TRANSACTION_GAS) => {
  if (!isBuilt(needed)) {
    onBuild();
    await build();
  }
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
