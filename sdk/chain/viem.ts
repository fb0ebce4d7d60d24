import type { Account, Chain as ViemChain, PublicClient, Transport, WalletClient } from "viem";
import { OpgError } from "../errors.ts";
import { logOf, lower, quantity } from "./logs.ts";
import type { Chain } from "./port.ts";

/** Clients of viem: one that reads, and one that signs with an account of its own. */
export interface ViemClients {
  readonly public: PublicClient;
  readonly wallet?: WalletClient<Transport, ViemChain | undefined, Account>;
}

/** A chain as clients of viem know it. */
export function viemChain({ public: reads, wallet }: ViemClients): Chain {
  const requireWallet = (): NonNullable<typeof wallet> => {
    if (wallet !== undefined) return wallet;
    throw new OpgError("NO_ACCOUNT", "there is no wallet, and the public client signs nothing", "connect with a wallet client that has an account");
  };
  const from = wallet === undefined ? {} : { account: wallet.account };
  return {
    chainId: () => reads.getChainId(),
    account: () => Promise.resolve(wallet && lower(wallet.account.address)),
    call: async (call, blockTag) => lower((await reads.call({ ...call, ...from, blockTag })).data ?? "0x"),
    async send(call) {
      const sender = requireWallet();
      const hash = await sender.sendTransaction({ ...call, account: sender.account, chain: sender.chain ?? null });
      const { status, blockNumber, logs } = await reads.waitForTransactionReceipt({ hash });
      if (status !== "success") throw new OpgError("CHAIN", `transaction ${hash} was mined and reverted`, "look at the job, then try again: another transaction may have come first");
      return { hash: lower(hash), block: Number(blockNumber), logs: logs.map(logOf) };
    },
    async logs({ address, topics, fromBlock, toBlock }) {
      // Actions take events of one ABI only; the request itself takes any topics.
      const filter = { address: [...address], topics: topics.map((place) => place && [...place]), fromBlock: quantity(fromBlock), toBlock: quantity(toBlock) };
      const found = await reads.request({ method: "eth_getLogs", params: [filter] });
      return found.map(logOf);
    },
    async head() {
      const [{ number, timestamp }, pending] = await Promise.all([reads.getBlock(), reads.getBlock({ blockTag: "pending" }).catch(() => undefined)]);
      return { number: Number(number), timestamp: Number(timestamp), next: Math.max(Number(timestamp) + 1, Number(pending?.timestamp ?? 0n)) };
    },
    async block(block) {
      const found = await reads.request({ method: "eth_getBlockByNumber", params: [block === "latest" ? block : quantity(block), false] });
      return found === null ? undefined : { number: Number(found.number), hash: lower(found.hash!), timestamp: Number(found.timestamp) };
    },
    sign: async ({ domain, types, primaryType, message }) => {
      const sender = requireWallet();
      return lower(await sender.signTypedData({ account: sender.account, domain, types, primaryType, message }));
    },
  };
}
