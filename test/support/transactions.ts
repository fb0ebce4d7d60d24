import { jobsInterface, tokenInterface } from "../../oracle/chain/contracts.ts";
import { until, type Stage } from "../../scripts/devnet/stage.ts";

/** These may be wanted more than once with the same amount. */
const FUNDING = new Set([tokenInterface.getFunction("approve")!.selector, jobsInterface.getFunction("deposit")!.selector]);

/** What an account did to contracts since a block, apart from funding: each call that went through, and how many did not. */
export async function transactionsOf(stage: Stage, account: string, since: number): Promise<{ calls: string[]; reverted: number }> {
  const { provider } = stage.ethers;
  const calls: string[] = [];
  let reverted = 0;
  for (let number = since + 1; number <= (await provider.getBlockNumber()); number++) {
    // A busy node may answer that it has no such block; it has.
    const block = await until(`block ${number}`, async () => (await provider.getBlock(number, true)) ?? undefined, 10);
    for (const { from, to, data, hash } of block.prefetchedTransactions) {
      if (from !== account || to === from) continue;
      const receipt = (await provider.getTransactionReceipt(hash))!;
      if (receipt.status !== 1) reverted++;
      else if (!FUNDING.has(data.slice(0, 10))) calls.push(`${to} ${data}`);
    }
  }
  return { calls, reverted };
}
