import { expect } from "chai";
import { historyFromChain, type History, type OpgError } from "../../../sdk/history/index.ts";
import { BondedChain } from "../../support/bondedChain.ts";
import { account } from "../../support/chainEvents.ts";

const OPERATOR = account(5);
const open = (chain: BondedChain, logRange = 100): History => historyFromChain({ chain: chain.chain, deployment: chain.deployment }, { logRange, pollMs: 0 });
const bonded = async (history: History): Promise<string | undefined> => (await history.operator(OPERATOR))?.bonded;
const names = async (history: History): Promise<string[]> => (await history.events()).items.map(({ name, block }) => `${name} ${block}`);
const faultOf = (doing: Promise<unknown>): Promise<OpgError> => doing.then(() => expect.fail("nothing was refused"), (error: unknown) => error as OpgError);

describe("a history from the chain", () => {
  it("reads from the deployment's first block on, in ranges that the node permits, and tells how far it is", async () => {
    const chain = new BondedChain(500);
    chain.mine(7);
    const told: number[][] = [];
    chain.onLogs = ({ fromBlock, toBlock }, answer) => {
      if (toBlock - fromBlock >= 60) throw new Error("block range too large");
      return answer;
    };
    const history = historyFromChain({ chain: chain.chain, deployment: chain.deployment }, { logRange: 200, pollMs: 0, onProgress: (done, all) => told.push([done, all]) });
    expect(await history.overview()).to.include({ block: 501, operators: 1, bonded: "7" });
    const ranges = chain.asked.filter((question) => question.startsWith("logs")).map((question) => question.slice(5).split("-").map(Number));
    expect(ranges.slice(0, 4)).to.deep.equal([[10, 209], [10, 109], [10, 59], [60, 109]]);
    expect(ranges.slice(3).map(([from]) => from)).to.deep.equal(ranges.slice(2, -1).map(([, to]) => to + 1), "no block is left out, and none is read twice");
    expect(told.at(-1)).to.deep.equal([492, 492]);
    expect(told).to.deep.equal([...told].sort(([a], [b]) => a - b));
  });

  it("throws what the node says where it refuses a single block, and tries as much as before the next time", async () => {
    const chain = new BondedChain(300);
    chain.onLogs = () => {
      throw new Error("no logs today");
    };
    const history = open(chain);
    expect(await faultOf(history.overview())).to.deep.include({ name: "OpgError", code: "CHAIN", message: "the node or the wallet answered: no logs today" });
    chain.onLogs = (_, answer) => answer;
    chain.asked.length = 0;
    expect((await history.overview()).block).to.equal(300);
    expect(chain.asked.filter((question) => question.startsWith("logs"))).to.deep.equal(["logs 10-109", "logs 110-209", "logs 210-236", "logs 237-300"]);
  });

  it("asks only for the head as long as nothing is new, and for nothing within pollMs", async () => {
    const chain = new BondedChain(100);
    const history = open(chain);
    await Promise.all([history.overview(), history.jobs(), history.operators()]);
    expect(chain.asked.filter((question) => question === "block latest"), "questions at the same time").to.have.length(1);
    chain.asked.length = 0;
    await history.overview();
    expect(chain.asked).to.deep.equal(["block latest"]);
    const patient = historyFromChain({ chain: chain.chain, deployment: chain.deployment }, { pollMs: 60_000 });
    await patient.overview();
    chain.asked.length = 0;
    await patient.overview();
    expect(chain.asked).to.deep.equal([]);
  });

  it("takes the times of blocks from logs where they have them, and else from headers", async () => {
    for (const tellsTimes of [true, false]) {
      const chain = new BondedChain(100);
      chain.tellsTimes = tellsTimes;
      for (let i = 0; i < 40; i++) chain.mine(1);
      const { items } = await open(chain).events({}, { limit: 100 });
      expect(items.map(({ time, block }) => time - block)).to.deep.equal(Array.from({ length: 40 }, () => 1_000));
      expect(chain.asked.filter((question) => /^block \d/.test(question)).length, String(tellsTimes)).to.equal(tellsTimes ? 2 : 42);
    }
  });

  it("is after a reorganisation as if the blocks that are gone had never been, however deep", async () => {
    for (const depth of [1, 3, 50, 120]) {
      const chain = new BondedChain(200);
      const history = open(chain);
      chain.mine(1);
      await history.overview();
      for (const amount of [2, 3, 4]) {
        chain.mine(amount);
        expect(await bonded(history)).to.equal(String((amount * (amount + 1)) / 2));
      }
      chain.fork(205 - depth);
      for (let i = 0; i < depth; i++) chain.mine();
      chain.mine(9);
      const left = [1, 2, 3, 4].filter((_, i) => 201 + i < 205 - depth);
      expect(await bonded(history), `${depth} blocks`).to.equal(String(left.reduce((a, b) => a + b, 9)));
      const told = await names(history);
      expect(told.filter((name) => name.startsWith("Reorganised"))).to.have.length(1);
      expect(told.at(-1)).to.equal("Bonded 205");
      const fresh = open(chain);
      expect({ ...(await history.overview()) }).to.deep.equal(await fresh.overview());
    }
  });

  it("takes a node that is behind for one that is behind", async () => {
    const chain = new BondedChain(200);
    const history = open(chain);
    chain.mine(1);
    chain.mine(2);
    expect(await bonded(history)).to.equal("3");
    chain.behind = 5;
    expect(await bonded(history)).to.equal("3");
    chain.behind = 0;
    chain.mine(4);
    expect(await bonded(history)).to.equal("7");
    expect(await names(history)).to.deep.equal(["Bonded 201", "Bonded 202", "Bonded 203"]);
  });

  it("sees later what a node did not show at first", async () => {
    const chain = new BondedChain(200);
    const history = open(chain);
    await history.overview();
    chain.mine(1);
    chain.onLogs = () => [];
    expect(await bonded(history)).to.equal(undefined);
    chain.onLogs = (_, answer) => answer;
    chain.mine(2);
    expect(await bonded(history)).to.equal("3");
    expect(await names(history)).to.deep.equal(["Bonded 201", "Bonded 202"]);
  });

  it("keeps nothing of a block that is gone before its time was asked for", async () => {
    const chain = new BondedChain(200);
    const history = open(chain);
    chain.mine(1);
    let isNext = true;
    chain.onLogs = ({ toBlock }, answer) => {
      if (toBlock < 201 || !isNext) return answer;
      isNext = false;
      chain.fork(201);
      chain.mine();
      chain.mine(5);
      return answer;
    };
    expect(await faultOf(history.overview())).to.include({ code: "CHAIN", message: "block 201 is no longer the one that its logs were of" });
    expect(await bonded(history)).to.equal("5");
  });

  it("goes on telling its subscribers after a failure, which they hear of", async () => {
    const chain = new BondedChain(200);
    const history = historyFromChain({ chain: chain.chain, deployment: chain.deployment }, { pollMs: 5 });
    const told: string[] = [];
    const end = history.subscribe(({ fields }) => void told.push(String(fields.amount)), { onError: (error) => void told.push((error as OpgError).code) });
    await history.overview();
    const until = async (count: number) => {
      for (let tries = 0; told.length < count && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await new Promise((resolve) => setTimeout(resolve, 30));
    chain.mine(1);
    await until(1);
    chain.isAway = true;
    await until(2);
    chain.isAway = false;
    chain.mine(2);
    await until(told.filter((what) => what === "CHAIN").length + 2);
    end();
    chain.mine(3);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect([...new Set(told)]).to.deep.equal(["1", "CHAIN", "2"]);
  });
});
