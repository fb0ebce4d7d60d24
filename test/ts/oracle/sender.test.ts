import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import { RpcFault } from "../../../oracle/chain/rpc.ts";
import { createSender } from "../../../oracle/chain/sender.ts";
import { stakesInterface, jobsInterface, describeRevert, proofCommitment } from "../../../oracle/chain/contracts.ts";
import type { Hex } from "../../../oracle/core/hex.ts";
import type { Outbox, Store } from "../../../oracle/ports.ts";
import { createMemoryOutbox } from "../../../oracle/store/memoryOutbox.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { crashIntent, CRASH_KEY, readerFor, SENDER_OPTIONS } from "../../support/outboxCrashSetup.ts";
import { SimulatedChain } from "../../support/simulatedChain.ts";

class Time {
  at = 1_000;
  now = () => this.at;
  sleep = () => Promise.resolve();
}

function setup(outbox: Outbox = createMemoryOutbox()) {
  const chain = new SimulatedChain();
  const clock = new Time();
  const wallet = new Wallet(CRASH_KEY);
  const make = () => createSender(chain.rpc, readerFor(chain), wallet, outbox, clock, { emit: () => undefined }, SENDER_OPTIONS);
  return { chain, clock, outbox, make, sender: make() };
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
    expect(entry?.error).to.equal(`StakeTooLow(operator=0x${"6".repeat(40)}, lockable=5, needed=10)`);
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
    const foreign = chain.pool.splice(0);
    chain.pool.push(...foreign.slice(1), foreign[1]);
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

  it("drops what a reorganisation made pointless, and moves down where a lower nonce was lost", async () => {
    const { chain, clock, outbox, sender } = setup();
    for (const name of ["a", "b"]) await outbox.plan({ ...crashIntent, intent: name, urgent: true });
    await sender.pump();
    chain.mine();
    await sender.pump();
    chain.fork(1);
    chain.mine();
    await outbox.reopen("a");
    await outbox.reopen("b");
    chain.objection = new RpcFault("eth_call", { code: 3, message: "execution reverted" });
    await outbox.refused("a", "nobody asks for it any more");
    await sender.pump();
    expect((await outbox.get("b"))?.status).to.equal("refused");
    chain.objection = undefined;

    await outbox.replan("b");
    await outbox.sent("b", 1, 50_000n, (await outbox.get("b"))!.attempts);
    expect((await outbox.get("b"))?.nonce).to.equal(1);
    await outbox.replan("b");
    await sender.pump();
    expect(chain.pool.map(({ nonce }) => nonce)).to.deep.equal([0]);

    const stuck = chain.pool.splice(0)[0];
    await outbox.sent("b", 1, 50_000n, [{ hash: stuck.hash as Hex, raw: stuck.serialized as Hex, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAt: clock.at }]);
    chain.rpc.answers.eth_sendRawTransaction = ((send) => (params: readonly unknown[]) => {
      const { nonce } = Transaction.from(params[0] as string);
      if (nonce > 0) return stuck.hash; // queued: what stands before it is missing
      return send(params);
    })(chain.rpc.answers.eth_sendRawTransaction);
    chain.pool.splice(0);
    await sender.pump();
    clock.at += 3_000;
    await sender.pump();
    await sender.pump();
    expect((await outbox.get("b"))?.nonce).to.equal(0);
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

describe("reverts", () => {
  it("are told in words", () => {
    const tooLarge = stakesInterface.encodeErrorResult("ExitTooLarge", [1n, 2n]) as Hex;
    expect(describeRevert(tooLarge)).to.equal("ExitTooLarge(bonded=1, amount=2)");
    expect(describeRevert(jobsInterface.encodeErrorResult("WrongStatus", [0x12n, 3n]) as Hex)).to.equal(
      "WrongStatus(id=0x12, status=Submitted)",
    );
    expect(describeRevert("0x")).to.equal("reverted without a reason");
    expect(describeRevert("0x12345678")).to.equal("reverted with 0x12345678");
  });

  it("commits to a proof as the game does", () => {
    const commitment = proofCommitment(1, `0x${"5".repeat(40)}`, 7n, `0x${"6".repeat(40)}`, Uint8Array.of(1), `0x${"00".repeat(32)}`);
    expect(commitment).to.match(/^0x[0-9a-f]{64}$/);
    const other = proofCommitment(1, `0x${"5".repeat(40)}`, 7n, `0x${"7".repeat(40)}`, Uint8Array.of(1), `0x${"00".repeat(32)}`);
    expect(other).to.not.equal(commitment);
  });
});
