import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import { RpcFault } from "../../../oracle/chain/rpc.ts";
import { createSender } from "../../../oracle/chain/sender.ts";
import { jobsInterface, proofCommitment } from "../../../oracle/chain/contracts.ts";
import type { Store } from "../../../oracle/ports.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { crashIntent, CRASH_KEY, readerFor, SENDER_OPTIONS } from "../../support/outboxCrashSetup.ts";
import { setup } from "../../support/senderSetup.ts";

/** Sent with the same key by somebody else. */
async function foreign(nonce: number): Promise<Transaction> {
  const call = { type: 2, chainId: 31337, nonce, to: `0x${"9".repeat(40)}`, gasLimit: 21_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n };
  return Transaction.from(await new Wallet(CRASH_KEY).signTransaction(call));
}

describe("sender", () => {
  it("simulates, records, sends and confirms", async () => {
    const { chain, outbox, sender } = setup();
    chain.rpc.answers.eth_sendRawTransaction = ((original) => (params) => {
      recordedFirst = outbox.get(crashIntent.intent).then((entry) => entry?.attempts[0]?.raw === params[0]);
      return original(params);
    })(chain.rpc.answers.eth_sendRawTransaction);
    let recordedFirst: Promise<boolean> | undefined;
    await outbox.plan(crashIntent);
    await sender.pump();
    expect(await recordedFirst).to.equal(true);
    expect((await outbox.get(crashIntent.intent))?.status).to.equal("sent");
    chain.mine();
    await sender.pump();
    expect(await outbox.get(crashIntent.intent)).to.include({ status: "confirmed", block: 1, gasUsed: 42_000n });
    expect(chain.rpc.times("eth_sendRawTransaction")).to.equal(1);
  });

  it("leaves room above the estimate, and none above what a transaction may take", async () => {
    for (const [estimate, limit] of [[100_000, 169_200], [14_000_000, 2 ** 24], [2 ** 24, 2 ** 24]]) {
      const { chain, outbox, sender } = setup();
      chain.rpc.answers.eth_estimateGas = () => `0x${estimate.toString(16)}`;
      await outbox.plan(crashIntent);
      await sender.pump();
      expect(Number(chain.pool[0].gasLimit), `${estimate}`).to.equal(limit);
    }
  });

  it("sends nothing that the simulation refuses, and decodes why", async () => {
    const { chain, outbox, sender } = setup();
    const data = jobsInterface.encodeErrorResult("StakeTooLow", [`0x${"6".repeat(40)}`, 5n, 10n]);
    chain.objection = new RpcFault("eth_call", { code: 3, message: "execution reverted", data });
    await outbox.plan(crashIntent);
    await sender.pump();
    const entry = await outbox.get(crashIntent.intent);
    expect(entry?.status).to.equal("refused");
    expect(entry?.error).to.match(/^of the bond of 0x6{40}, 0\.\d+5 OPG may be locked, and 0\.\d+10* OPG would be \(StakeTooLow\); bond more/);
    expect(chain.rpc.times("eth_sendRawTransaction")).to.equal(0);
  });

  it("keeps a plan when the node fails instead of refusing", async () => {
    const { chain, outbox, sender } = setup();
    chain.objection = new RpcFault("eth_call", { code: -32005, message: "limit exceeded" });
    await outbox.plan(crashIntent);
    const failure = await sender.pump().catch((error: unknown) => error);
    expect(failure).to.include({ kind: "transient" });
    expect((await outbox.get(crashIntent.intent))?.status).to.equal("planned");
  });

  it("replaces a stuck transaction under the same nonce at a higher fee", async () => {
    const { chain, clock, outbox, sender } = setup();
    await outbox.plan(crashIntent);
    await sender.pump();
    const [first] = chain.pool;
    clock.at += 5_000;
    await sender.pump();
    expect(chain.pool).to.deep.equal([first]);
    clock.at += 6_000;
    await sender.pump();
    const [second] = chain.pool;
    expect(chain.pool).to.have.length(1);
    expect(second.nonce).to.equal(first.nonce);
    expect(second.maxFeePerGas! > (first.maxFeePerGas! * 112n) / 100n).to.equal(true);
    chain.mine();
    await sender.pump();
    expect(await outbox.get(crashIntent.intent)).to.include({ status: "confirmed", hash: second.hash });
  });

  it("gives every transaction of a round its own nonce and plans anew when one was taken from outside", async () => {
    const { chain, outbox, sender } = setup();
    for (const name of ["a", "b", "c"]) await outbox.plan({ ...crashIntent, intent: name });
    await sender.pump();
    expect(chain.pool.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
    const [, ...others] = chain.pool.splice(0);
    chain.pool.push(await foreign(0), ...others);
    chain.mine();
    await sender.pump();
    await sender.pump();
    expect(chain.pool.map(({ nonce }) => nonce)).to.deep.equal([3]);
    expect((await outbox.get("a"))?.status).to.equal("sent");
    expect((await outbox.get("b"))?.status).to.equal("confirmed");
  });

  it("pays what an answer costs when fees are high, and holds back what can wait", async () => {
    const { chain, outbox, sender } = setup();
    const block = chain.rpc.answers.eth_getBlockByNumber;
    chain.rpc.answers.eth_getBlockByNumber = (params) => ({ ...(block(params) as object), baseFeePerGas: `0x${(900n * 10n ** 9n).toString(16)}` });
    await outbox.plan({ ...crashIntent, intent: "submit" });
    await outbox.plan({ ...crashIntent, intent: "reveal", urgent: true });
    expect(await sender.pump().catch((error: unknown) => error)).to.include({ code: "FEES_HIGH" });
    expect(chain.pool).to.have.length(1);
    expect(chain.pool[0].maxFeePerGas).to.equal(1_801_000_000_000n);
    expect((await outbox.get("submit"))?.status).to.equal("planned");
    expect((await outbox.get("reveal"))?.status).to.equal("sent");
  });

  it("hurries whatever stands before an answer", async () => {
    const { chain, clock, outbox, sender } = setup();
    await outbox.plan({ ...crashIntent, intent: "submit" });
    await sender.pump();
    await outbox.plan({ ...crashIntent, intent: "reveal", urgent: true });
    await outbox.plan({ ...crashIntent, intent: "later" });
    await sender.pump();
    expect(chain.pool.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
    clock.at += 3_000;
    await sender.pump();
    const attempts = async (intent: string) => (await outbox.get(intent))!.attempts.length;
    expect([await attempts("submit"), await attempts("reveal"), await attempts("later")]).to.deep.equal([2, 2, 1]);
  });

  it("sends the others when the node does not take one", async () => {
    const { chain, outbox, sender } = setup();
    const send = chain.rpc.answers.eth_sendRawTransaction;
    let refusals = 0;
    chain.rpc.answers.eth_sendRawTransaction = (params) => {
      if (refusals++ === 0) throw new RpcFault("eth_sendRawTransaction", { code: -32000, message: "oversized data" });
      return send(params);
    };
    await outbox.plan({ ...crashIntent, intent: "a" });
    await outbox.plan({ ...crashIntent, intent: "b" });
    expect(await sender.pump().catch((error: unknown) => error)).to.include({ code: "TX_NOT_TAKEN" });
    expect(chain.pool.map(({ nonce }) => nonce)).to.deep.equal([1]);
    await sender.pump();
    expect(chain.pool.map(({ nonce }) => nonce).sort()).to.deep.equal([0, 1]);
  });

  it("sends the same bytes again when a reorganisation took their block before it was confirmed", async () => {
    const { chain, clock, outbox } = setup();
    const options = { ...SENDER_OPTIONS, confirmations: 2 };
    const sender = createSender(chain.rpc, readerFor(chain), new Wallet(CRASH_KEY), outbox, clock, { emit: () => undefined }, options);
    await outbox.plan(crashIntent);
    await sender.pump();
    const [first] = chain.pool;
    chain.mine();
    await sender.pump();
    expect((await outbox.get(crashIntent.intent))?.status).to.equal("sent");
    chain.fork(1);
    chain.mine();
    await sender.pump();
    expect(chain.pool.map(({ serialized }) => serialized)).to.deep.equal([first.serialized]);
    for (let i = 0; i < 3; i++) chain.mine();
    await sender.pump();
    expect(await outbox.get(crashIntent.intent)).to.include({ status: "confirmed", hash: first.hash });
  });

  it("notices a reorganisation although it never saw the block that its transaction was in", async () => {
    const { chain, outbox, sender } = setup();
    await outbox.plan(crashIntent);
    chain.mine();
    await sender.pump();
    const [first] = chain.pool.splice(0);
    chain.fork(1);
    for (let i = 0; i < 3; i++) chain.mine();
    await sender.pump();
    expect(chain.pool.map(({ serialized }) => serialized)).to.deep.equal([first.serialized]);
  });

  it("gives the nonce of what a reorganisation made pointless to a no-op, and says why", async () => {
    const { chain, outbox, sender } = setup();
    for (const name of ["a", "b"]) await outbox.plan({ ...crashIntent, intent: name, urgent: true });
    await sender.pump();
    chain.mine();
    await sender.pump();
    chain.fork(1);
    chain.mine();
    chain.mine();
    for (const name of ["a", "b"]) await outbox.reopen(name);
    chain.objection = new RpcFault("eth_call", { code: 3, message: "execution reverted" });
    await sender.pump();
    // Some node may still have what was signed: only a transaction in its place makes sure that it is never mined. What
    // stands above it waits, because it may need what stands below.
    for (const nonce of [0, 1]) {
      await sender.pump();
      expect(chain.pool.map(({ nonce, data, to }) => [nonce, data, to?.toLowerCase()])).to.deep.equal([[nonce, "0x", sender.address]]);
      chain.mine();
      await sender.pump();
    }
    await sender.pump();
    for (const name of ["a", "b"]) expect((await outbox.get(name))?.status).to.equal("refused");
  });

  it("fills a nonce that somebody else lost, and leaves what waits above it as it is", async () => {
    const { chain, clock, outbox, sender } = setup();
    chain.pool.push(await foreign(0));
    await outbox.plan(crashIntent);
    await sender.pump();
    const waiting = chain.pool.find(({ nonce }) => nonce === 1)!;
    chain.pool.splice(0, 2, waiting);
    clock.at += 11_000;
    await sender.pump();
    await sender.pump();
    const [filling] = chain.pool.filter(({ nonce }) => nonce === 0);
    expect([filling.data, filling.to?.toLowerCase()]).to.deep.equal(["0x", sender.address]);
    expect(chain.pool.filter(({ nonce }) => nonce > 0).every(({ nonce, data }) => nonce === 1 && data === waiting.data)).to.equal(true);
  });

  describe("a receipt that is not there yet", () => {
    it("is waited for, whatever the count of nonces says", async () => {
      const { chain, clock, outbox, sender } = setup();
      const receipt = chain.rpc.answers.eth_getTransactionReceipt;
      chain.rpc.answers.eth_getTransactionReceipt = () => null;
      await outbox.plan(crashIntent);
      await sender.pump();
      chain.mine();
      for (let i = 0; i < 40; i++) {
        clock.at += 1_000;
        if (i % 4 === 0) chain.mine();
        await sender.pump();
      }
      expect(chain.rpc.times("eth_sendRawTransaction")).to.equal(1);
      chain.rpc.answers.eth_getTransactionReceipt = receipt;
      await sender.pump();
      expect((await outbox.get(crashIntent.intent))?.status).to.equal("confirmed");
    });

    it("is not waited for when the nonce was used long ago and no transaction of the intent is known", async () => {
      const { chain, outbox, sender } = setup();
      await outbox.plan(crashIntent);
      await sender.pump();
      chain.pool.splice(0);
      chain.pool.push(await foreign(0));
      chain.mine();
      // The node has no state of old blocks, and cannot show who took the nonce.
      const block = chain.rpc.answers.eth_getBlockByNumber;
      chain.rpc.answers.eth_getBlockByNumber = (params) => {
        if (params[1] === true) throw new RpcFault("eth_getBlockByNumber", { code: -32000, message: "no" });
        return block(params);
      };
      for (let i = 0; i < 12; i++) {
        chain.mine();
        await sender.pump();
      }
      expect(chain.rpc.times("eth_sendRawTransaction"), "not before the nonce is used long ago").to.equal(1);
      for (let i = 0; i < 12; i++) {
        chain.mine();
        await sender.pump();
      }
      expect(chain.rpc.times("eth_sendRawTransaction")).to.equal(2);
      expect((await outbox.get(crashIntent.intent))?.status).to.equal("confirmed");
    });
  });

  it("survives a kill between recording and sending: the same bytes go out, once", async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "opg-crash-"));
    let store: Store | undefined;
    try {
      const script = join(import.meta.dirname, "..", "..", "support", "outboxCrash.ts");
      const child = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
      expect(child.signal, child.stderr).to.equal("SIGKILL");
      store = await openStore({ directory: folder });
      const recorded = await store.outbox.get(crashIntent.intent);
      expect(recorded?.status).to.equal("sent");
      const { chain, sender } = setup(store.outbox);
      await sender.pump();
      await sender.pump();
      expect(chain.pool.map(({ serialized }) => serialized)).to.deep.equal([recorded!.attempts[0].raw]);
      expect(chain.rpc.times("eth_sendRawTransaction")).to.equal(1);
      chain.mine();
      await sender.pump();
      expect((await store.outbox.get(crashIntent.intent))?.status).to.equal("confirmed");
    } finally {
      await store?.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("commitments", () => {
  it("commits to a proof as the game does", () => {
    const commitment = proofCommitment(1, `0x${"5".repeat(40)}`, 7n, `0x${"6".repeat(40)}`, Uint8Array.of(1), `0x${"00".repeat(32)}`);
    expect(commitment).to.match(/^0x[0-9a-f]{64}$/);
    const other = proofCommitment(1, `0x${"5".repeat(40)}`, 7n, `0x${"7".repeat(40)}`, Uint8Array.of(1), `0x${"00".repeat(32)}`);
    expect(other).to.not.equal(commitment);
  });
});
