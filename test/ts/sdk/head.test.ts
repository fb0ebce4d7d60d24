import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { ethersChain } from "../../../sdk/chain/ethers.ts";

const HASH = `0x${"11".repeat(32)}`;
const block = (number: string | null, timestamp: number) => ({
  ...{ number, timestamp: `0x${timestamp.toString(16)}`, hash: HASH, parentHash: HASH, nonce: null, difficulty: "0x0", gasLimit: "0x0", gasUsed: "0x0" },
  ...{ miner: `0x${"00".repeat(20)}`, extraData: "0x", transactions: [] },
});

/** A node with these blocks. */
function nodeWith(blocks: Readonly<Record<string, unknown>>): JsonRpcProvider {
  const provider = new JsonRpcProvider("http://127.0.0.1:1", 31337, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 });
  provider.send = (_method, params) => Promise.resolve(blocks[(params as string[])[0]]);
  return provider;
}

describe("the head of a chain over ethers", () => {
  // Hardhat's has none. With the newest block's time a deadline would be past on a chain that was quiet for a while.
  it("knows the time of a pending block without a number", async () => {
    const provider = nodeWith({ latest: block("0x3c", 1_000), pending: block(null, 1_760) });
    expect(await ethersChain(provider).head()).to.deep.equal({ number: 60, timestamp: 1_000, next: 1_760 });
    provider.destroy();
  });

  it("takes the second after the newest block where the node has no pending one", async () => {
    const provider = nodeWith({ latest: block("0x3c", 1_000), pending: null });
    expect((await ethersChain(provider).head()).next).to.equal(1_001);
    provider.destroy();
  });
});
