import type { ContractRunner, JsonRpcApiProvider, Log as EthersLog, Provider, Signer } from "ethers";
import { OpgError } from "../errors.ts";
import { logOf, lower, quantity, type MinedLog } from "./logs.ts";
import type { Chain, Log } from "./port.ts";

/** A chain as a provider or a signer of ethers knows it. */
export function ethersChain(runner: ContractRunner): Chain {
  const provider: Provider | null = runner.provider;
  if (provider === null) throw new OpgError("CHAIN", "the runner is connected to no provider", "connect the signer to a provider");
  const signer = isSigner(runner) ? runner : undefined;
  const requireSigner = (): Signer => {
    if (signer !== undefined) return signer;
    throw new OpgError("NO_ACCOUNT", "the runner is a provider, which signs nothing", "connect with a signer");
  };
  return {
    chainId: async () => Number((await provider.getNetwork()).chainId),
    account: async () => (signer === undefined ? undefined : lower(await signer.getAddress())),
    call: async (call, blockTag) => lower(await provider.call({ ...call, blockTag, ...(signer !== undefined && { from: await signer.getAddress() }) })),
    async send(call) {
      const sent = await requireSigner().sendTransaction(call);
      const receipt = await sent.wait();
      if (receipt === null) throw new OpgError("CHAIN", `transaction ${sent.hash} was not mined`, "look for it at the node, then try again");
      return { hash: lower(receipt.hash), block: receipt.blockNumber, logs: receipt.logs.map(fromEthers) };
    },
    async logs({ address, topics, fromBlock, toBlock }) {
      const filter = { address: [...address], topics: topics.map((place) => place && [...place]) };
      // The library leaves out the times that nodes give with logs.
      if (isNode(provider)) return ((await provider.send("eth_getLogs", [{ ...filter, fromBlock: quantity(fromBlock), toBlock: quantity(toBlock) }])) as MinedLog[]).map(logOf);
      return (await provider.getLogs({ ...filter, fromBlock, toBlock })).map(fromEthers);
    },
    async head() {
      const [latest, pending] = await Promise.all([provider.getBlock("latest"), pendingTime(provider).catch(() => 0)]);
      if (latest === null) throw new OpgError("CHAIN", "the node shows no block", "try again, or ask another node");
      const { number, timestamp } = latest;
      return { number, timestamp, next: Math.max(timestamp + 1, pending) };
    },
    async block(block) {
      const found = await provider.getBlock(block);
      return found === null ? undefined : { number: found.number, hash: lower(found.hash!), timestamp: found.timestamp };
    },
    sign: async ({ domain, types, message }) =>
      lower(await requireSigner().signTypedData(domain, Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]])), message)),
  };
}

/**
 * Seconds of the block that would hold a transaction sent now; 0 where the node tells of none. Rationale: ethers takes no block without a
 * number, as Hardhat's pending one is, so the node itself is asked where the provider lets one.
 */
async function pendingTime(provider: Provider): Promise<number> {
  if (!isNode(provider)) return (await provider.getBlock("pending"))?.timestamp ?? 0;
  const block = (await provider.send("eth_getBlockByNumber", ["pending", false])) as { readonly timestamp?: string } | null;
  return Number(block?.timestamp ?? 0);
}

const isSigner = (runner: ContractRunner): runner is Signer => "signTypedData" in runner && "getAddress" in runner;

/** Whether the node itself can be asked. */
const isNode = (provider: Provider): provider is Provider & Pick<JsonRpcApiProvider, "send"> => "send" in provider;

const fromEthers = ({ address, topics, data, blockNumber, blockHash, index: logIndex, transactionHash }: EthersLog): Log =>
  logOf({ address, topics, data, blockNumber, blockHash, logIndex, transactionHash });
