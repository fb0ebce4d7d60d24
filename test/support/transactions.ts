import { jobsInterface, tokenInterface } from "../../oracle/chain/contracts.ts";
import { until, type Stage } from "../../scripts/devnet/stage.ts";

/** These may be wanted more than once with the same amount. */
const FUNDING = new Set([tokenInterface.getFunction("approve")!.selector, jobsInterface.getFunction("deposit")!.selector]);

type Provider = Stage["ethers"]["provider"];
type Block = NonNullable<Awaited<ReturnType<Provider["getBlock"]>>>;

/**
 * What was mined since a block, in order. By hashes: anvil that went back a block may say of a height of its chain, for good,
 * that it has no such block.
 */
export async function minedSince(provider: Provider, since: number): Promise<Block["prefetchedTransactions"]> {
  const mined: Block["prefetchedTransactions"] = [];
  let name: string | number = "latest";
  for (;;) {
    const block: Block = await until(`block ${name}`, async () => (await provider.getBlock(name, true)) ?? undefined, 10);
    if (block.number <= since) return mined.reverse();
    mined.push(...[...block.prefetchedTransactions].reverse());
    name = block.parentHash;
  }
}

/** What an account did to contracts since a block, apart from funding: each call that went through, and how many did not. */
export async function transactionsOf(stage: Stage, account: string, since: number): Promise<{ calls: string[]; reverted: number }> {
  const { provider } = stage.ethers;
  const calls: string[] = [];
  let reverted = 0;
  for (const { from, to, data, hash } of await minedSince(provider, since)) {
    if (from !== account || to === from) continue;
    const receipt = (await provider.getTransactionReceipt(hash))!;
    if (receipt.status !== 1) reverted++;
    else if (!FUNDING.has(data.slice(0, 10))) calls.push(`${to} ${data}`);
  }
  return { calls, reverted };
}
