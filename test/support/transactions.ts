import { jobsInterface, tokenInterface } from "../../oracle/chain/contracts.ts";
import type { Stage } from "../../scripts/devnet/stage.ts";

/** These may be wanted more than once with the same amount. */
const FUNDING = new Set([tokenInterface.getFunction("approve")!.selector, jobsInterface.getFunction("deposit")!.selector]);

type Provider = Stage["provider"];
type Block = NonNullable<Awaited<ReturnType<Provider["getBlock"]>>>;

/**
 * What accounts sent since a block, in order. From each block to its parent: anvil that went back may lose one for good. That
 * nothing of these accounts was in it is seen by their nonces.
 */
export async function minedSince(provider: Provider, since: number, accounts: readonly string[]): Promise<Block["prefetchedTransactions"]> {
  const mined: Block["prefetchedTransactions"] = [];
  const head = await provider.getBlockNumber();
  let name: string | number = head;
  for (let height = head; height > since; height--) {
    const block: Block | null = await provider.getBlock(name, true);
    name = block?.parentHash ?? height - 1;
    mined.push(...(block?.prefetchedTransactions ?? []).filter(({ from }) => accounts.includes(from)).reverse());
  }
  for (const account of accounts) {
    const [before, after] = await Promise.all([since, head].map((at) => provider.getTransactionCount(account, at)));
    const found = mined.filter(({ from }) => from === account).length;
    if (found !== after - before) throw new Error(`the node shows ${found} of ${after - before} transactions of ${account}`);
  }
  return mined.reverse();
}

/** What an account did to contracts since a block, apart from funding: each call that went through, and how many did not. */
export async function transactionsOf(stage: Stage, account: string, since: number): Promise<{ calls: string[]; reverted: number }> {
  const { provider } = stage;
  const calls: string[] = [];
  let reverted = 0;
  for (const { from, to, data, hash } of await minedSince(provider, since, [account])) {
    if (to === from) continue;
    const receipt = (await provider.getTransactionReceipt(hash))!;
    if (receipt.status !== 1) reverted++;
    else if (!FUNDING.has(data.slice(0, 10))) calls.push(`${to} ${data}`);
  }
  return { calls, reverted };
}
