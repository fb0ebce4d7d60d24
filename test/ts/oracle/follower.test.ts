import { expect } from "chai";
import { createFollower } from "../../../oracle/chain/follower.ts";
import { jobsInterface } from "../../../oracle/chain/contracts.ts";
import type { Hex } from "../../../core/hex.ts";
import { decodeJobEvent } from "../../../core/jobs/events.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import type { Deployment, Store } from "../../../oracle/ports.ts";
import { SimulatedChain } from "../../support/simulatedChain.ts";
import { emptyStore } from "../../support/stores.ts";

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
const deployment: Deployment = {
  chainId: 31337,
  startBlock: 1,
  opg: at("1"),
  models: at("2"),
  stakes: at("3"),
  jobs: at("4"),
  game: at("5"),
  verifier: at("6"),
};
const VERSION = `0x${"ab".repeat(32)}`;
const JOB = (0x1234n << 64n) | 7n;
const ID = `0x${JOB.toString(16)}`;

function log(name: string, values: readonly unknown[]): object {
  const { topics, data } = jobsInterface.encodeEventLog(name, values);
  return { address: deployment.jobs, topics, data };
}

const requested = (input: string) => log("JobRequested", [JOB, VERSION, at("6"), 5n << 160n, 99n << 56n, input]);
const cancelled = log("JobCancelled", [JOB]);

describe("event cursor", () => {
  let store: Store;
  let chain: SimulatedChain;
  const reorgs: { from: number; to: number }[] = [];
  const telemetry = {
    emit: (name: string, fields: object) => void (name === "chain.reorg" && reorgs.push(fields as { from: number; to: number })),
  };
  const state = async () => foldJob(JOB, (await store.jobEvents(ID)).map(({ event }) => decodeJobEvent(event)));

  before(async () => (store = await emptyStore()));
  after(() => store.close());

  it("reads events up to the confirmations and resumes where it stopped", async () => {
    chain = new SimulatedChain();
    chain.mine(requested("0x0102"));
    chain.mine(cancelled);
    const follower = createFollower(chain.rpc, deployment, store, telemetry, { confirmations: 1, range: 100 });
    await follower.poll();
    expect((await state())?.status).to.equal("Requested");

    chain.mine();
    const asked = chain.rpc.times("eth_getLogs");
    await createFollower(chain.rpc, deployment, store, telemetry, { confirmations: 1, range: 100 }).poll();
    expect(chain.rpc.times("eth_getLogs")).to.equal(asked + 1);
    expect((await state())?.status).to.equal("Cancelled");
  });

  it("undoes what a reorganisation undid, although the same id now names another request", async () => {
    chain.fork(1);
    chain.mine(requested("0xff"));
    chain.mine();
    chain.mine();
    const follower = createFollower(chain.rpc, deployment, store, telemetry, { confirmations: 1, range: 100 });
    await follower.poll();
    const now = await state();
    expect(now?.status).to.equal("Requested");
    expect(now?.input).to.deep.equal({ kind: "inline", bytes: Uint8Array.of(0xff) });
    expect(reorgs).to.have.length(1);
    expect(reorgs[0].to).to.be.lessThan(2);
  });

  it("reads long stretches in pieces, and what is near the head block by block", async () => {
    for (let i = 0; i < 25 + 64; i++) chain.mine();
    const before = chain.rpc.times("eth_getLogs");
    await createFollower(chain.rpc, deployment, store, telemetry, { confirmations: 0, range: 10 }).poll();
    expect(chain.rpc.times("eth_getLogs") - before).to.equal(3);
    expect((await store.recentBlocks())[0].number).to.equal(chain.blocks.length - 1);
  });

  describe("nodes that are behind", () => {
    const follow = () => createFollower(chain.rpc, deployment, store, telemetry, { confirmations: 0, range: 100 });

    it("an empty list of logs is not believed while the receipts of the block are not shown", async () => {
      const answers = { ...chain.rpc.answers };
      chain.mine(cancelled);
      const number = chain.blocks.length - 1;
      chain.rpc.answers.eth_getLogs = () => [];
      chain.rpc.answers.eth_getBlockReceipts = () => null;
      chain.rpc.answers.eth_getTransactionReceipt = () => null;
      expect(await follow().poll().catch((error: unknown) => error)).to.include({ code: "RPC_BEHIND" });
      expect((await store.recentBlocks(1))[0].number).to.equal(number - 1);
      // The receipts show what the list of logs left out.
      const { hash, logs } = chain.blocks[number];
      const receipt = { transactionHash: hash, blockHash: hash, blockNumber: `0x${number.toString(16)}`, status: "0x1", gasUsed: "0x1", logs };
      chain.rpc.answers.eth_getBlockReceipts = () => [receipt];
      await follow().poll();
      expect((await state())?.status).to.equal("Cancelled");
      Object.assign(chain.rpc.answers, answers);
    });

    it("a block that the node has not got is no reorganisation", async () => {
      const before = reorgs.length;
      const newest = (await store.recentBlocks(1))[0].number;
      const kept = chain.blocks;
      chain.blocks = kept.slice(0, newest - 3);
      await follow().poll();
      expect((await store.recentBlocks(1))[0].number).to.equal(newest);
      chain.blocks = kept;
      chain.mine();
      await follow().poll();
      expect(reorgs).to.have.length(before);
      expect((await store.recentBlocks(1))[0].number).to.equal(newest + 1);
    });
  });
});
