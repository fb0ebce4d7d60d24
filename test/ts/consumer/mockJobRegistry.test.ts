import { expect } from "chai";
import { artifacts, network } from "hardhat";
import { readParameters } from "../../../scripts/deploy.ts";
import { MOODS, openStory, OUTPUT, REGISTRIES, type Story } from "../../support/registries.ts";

const OPG = 10n ** 18n;
const REQUEST = { fee: 2n * OPG } as const;
const moody = (story: Story, mood: (typeof MOODS)[number]) => story.consumer.setMood(MOODS.indexOf(mood));

/** Every path that a consumer must survive, in calls that both registries take. */
const STORIES: Record<string, (story: Story) => Promise<void>> = {
  async "an answer after its window"(story) {
    const asked = await story.request(REQUEST);
    await story.look(asked);
    await story.at(10);
    const job = await story.move("submit", asked);
    await story.look(job);
    await story.at(69);
    await story.asStranger("finalize", job, OUTPUT);
    await story.asStranger("finalize", asked, OUTPUT);
    await story.at(80);
    await story.asStranger("finalize", job, "0x7b");
    await story.asStranger("finalize", job, OUTPUT);
    await story.look(job);
    await story.asStranger("finalize", job, OUTPUT);
    await story.asStranger("retryCallback", job, OUTPUT);
  },
  async "an answer that comes as late as it may"(story) {
    const asked = await story.request({ deadline: story.terms().deadline });
    await story.at(100);
    const accepted = await story.move("accept", asked);
    await story.look(accepted);
    await story.act("cancel", accepted);
    await story.at(3_000);
    const job = await story.move("submit", accepted);
    await story.at(3_060);
    await story.asStranger("finalize", job, OUTPUT);
    await story.look(job);
  },
  async "no answer"(story) {
    const asked = await story.request();
    await story.at(2_990);
    const job = await story.move("accept", asked);
    await story.at(3_000);
    await story.asStranger("refund", job);
    await story.at(3_001);
    await story.move("submit", job);
    await story.at(3_002);
    await story.move("accept", job);
    await story.at(3_003);
    await story.asStranger("refund", job);
    await story.look(job);
    await story.asStranger("refund", job);
  },
  async "a request that is taken back"(story) {
    const first = await story.request();
    await story.asStranger("cancel", first);
    await story.act("cancel", first);
    await story.look(first);
    await story.act("cancel", first);
    const second = await story.request();
    await story.at(200);
    const accepted = await story.move("accept", second);
    await story.at(261);
    await story.act("cancel", accepted);
    await story.look(accepted);
    const third = await story.move("submit", await story.request());
    await story.act("cancel", third);
  },
  async "a wrong answer that is convicted"(story) {
    const asked = await story.request({ bond: 250n * OPG });
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.at(30);
    await story.move("challenge", job);
    await story.look(job);
    await story.asStranger("finalize", job, OUTPUT);
    await story.move("convict", job);
    await story.look(job);
    await story.asStranger("finalize", job, OUTPUT);
    await story.asStranger("refund", job);
  },
  async "a challenge that comes too late"(story) {
    const asked = await story.request();
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.at(80);
    await story.move("challenge", job);
    await story.look(job);
  },
  async "a challenge that fails"(story) {
    const asked = await story.request();
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.at(30);
    await story.move("challenge", job);
    await story.move("uphold", job);
    await story.look(job);
    await story.asStranger("finalize", job, OUTPUT);
    await story.look(job);
  },
  async "a callback that fails, and is repeated"(story) {
    await moody(story, "Reverting");
    const asked = await story.request({ window: 60n });
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.at(80);
    await story.asStranger("finalize", job, OUTPUT);
    await story.look(job);
    await story.asStranger("retryCallback", job, "0x");
    await story.asStranger("retryCallback", job, OUTPUT);
    await story.look(job);
    await moody(story, "Grateful");
    await story.asStranger("retryCallback", job, OUTPUT);
    expect(await story.consumer.results()).to.equal(1n);
    expect(await story.registry.jobs.statusOf(job.id)).to.equal(6n);
    await story.asStranger("retryCallback", job, OUTPUT);
  },
  async "callbacks that burn all gas, return too much, or have too little gas"(story) {
    for (const [i, [mood, callbackGas]] of ([["BurningGas", 100_000n], ["ReturningBomb", 90_000n], ["Grateful", 30_000n]] as const).entries()) {
      await moody(story, mood);
      const asked = await story.request({ callbackGas });
      await story.at(100 * i + 20);
      const job = await story.move("submit", asked);
      await story.at(100 * i + 80);
      await story.asStranger("finalize", job, OUTPUT);
      await story.look(job);
    }
  },
  async "a sender who gives too little gas"(story) {
    const asked = await story.request({ callbackGas: 1_000_000n });
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.at(80);
    await story.asStranger("finalize", job, OUTPUT, { gasLimit: 900_000n });
    await story.look(job);
    await story.asStranger("finalize", job, OUTPUT, { gasLimit: 1_300_000n });
    await story.look(job);
  },
  async "a callback that asks again"(story) {
    const { jobs } = story.registry;
    await story.consumer.setReentry(jobs, jobs.interface.encodeFunctionData("request", [story.terms(), "0x62"]));
    const asked = await story.request({ callbackGas: 400_000n });
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.at(80);
    await story.asStranger("finalize", job, OUTPUT);
    expect(await story.consumer.reentered()).to.equal(true);
    await story.look({ ...job, id: job.id + 1n });
  },
  async "a result without callback, which can be read for ever"(story) {
    const asked = await story.request({ callbackGas: 0n });
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.at(80);
    await story.asStranger("finalize", job, "0x");
    await story.look(job);
    await story.asStranger("retryCallback", job, OUTPUT);
  },
  async "an operator that the request names"(story) {
    const asked = await story.request({ operator: story.operator.address });
    await story.at(20);
    const job = await story.move("submit", asked);
    await story.look(job);
  },
  async "inputs by their roots"(story) {
    const roots = [`0x${"07".repeat(32)}`, `0x${"08".repeat(32)}`];
    await story.act("requestByRoots", story.terms(), roots, "https://example.org/input");
    await story.act("requestByRoots", story.terms(), [], "");
  },
  async "requests that are refused"(story) {
    const refused = (changes: Parameters<Story["terms"]>[0], input = "0x61") => story.act("request", story.terms(changes), input);
    await refused({}, "0x");
    await refused({}, `0x${"00".repeat(16_385)}`);
    await refused({ version: `0x${"99".repeat(32)}` });
    await refused({ fee: OPG - 1n });
    await refused({ bond: 100n * OPG - 1n });
    await refused({ window: 59n });
    await refused({ window: 3_601n });
    await refused({ callbackGas: 2_000_001n });
    await story.at(300);
    await refused({ deadline: story.terms().deadline - 2_701n });
    await story.at(301);
    await refused({ deadline: story.terms().deadline + 86_400n });
    await refused({ fee: 11n * OPG });
    await story.move("submit", await story.request({ fee: 10n * OPG }), `0x${"00".repeat(16_385)}`);
  },
  async "money that is taken out"(story) {
    const job = await story.request();
    await story.act("withdraw", story.stranger.address, 9n * OPG);
    await story.act("withdraw", story.stranger.address, 8n * OPG);
    await story.look(job);
    await story.asStranger("deposit", "0x0000000000000000000000000000000000000000", 1n);
  },
};

describe("MockJobRegistry, beside the real one", () => {
  for (const [name, play] of Object.entries(STORIES)) {
    it(name, async () => {
      const told: string[][] = [];
      for (const open of REGISTRIES) {
        const story = await openStory(await network.create(), open);
        await play(story);
        told.push(story.told);
      }
      expect(told[1]).to.deep.equal(told[0]);
      expect(told[0]).not.to.deep.equal([]);
    });
  }
});

describe("MockJobRegistry", () => {
  const fragments = async (name: string) => (await artifacts.readArtifact(name)).abi.filter(({ type }) => type !== "constructor") as { type: string; name: string }[];

  it("has no call, event or error of a registry in another form, and none beside but those of a test", async () => {
    const real = [...(await fragments("IJobRegistry")), ...(await fragments("IStakeRegistry"))].map((each) => JSON.stringify(plain(each)));
    const other = (await fragments("MockJobRegistry")).filter((each) => !real.includes(JSON.stringify(plain(each))));
    expect(other.map(({ name }) => name).filter((name) => !/^(mock[A-Z]|compensationBps$|SafeERC20FailedOperation$)/.test(name))).to.deep.equal([]);
  });

  it("has the limits of a development network", async () => {
    const { ethers } = await network.create();
    const mock = await ethers.deployContract("MockJobRegistry", [ethers.ZeroAddress]);
    const parameters = readParameters("local");
    for (const name of ["maxWindow", "maxServePeriod", "acceptPeriod", "maxInputBytes", "maxOutputBytes", "maxCallbackGas", "compensationBps"] as const) {
      expect(await mock.getFunction(name).staticCall(), name).to.equal(parameters[name]);
    }
  });

  it("answers at once, and shows a test what was asked", async () => {
    const { ethers } = await network.create();
    const jobs = await ethers.deployContract("MockJobRegistry", [ethers.ZeroAddress]);
    const consumer = await ethers.deployContract("MockConsumer");
    const version = `0x${"5e".repeat(32)}`;
    await jobs.mockPublish(version, { price: 0, minBond: 0, minWindow: 0, shareBps: 0, open: true });
    const { timestamp } = (await ethers.provider.getBlock("latest"))!;
    const request = { version, operator: ethers.ZeroAddress, fee: 0, bond: 0, callbackGas: 200_000, window: 60, deadline: timestamp + 100 };
    await consumer.act(jobs, jobs.interface.encodeFunctionData("request", [request, "0x0102"]));
    const id = BigInt(await consumer.getAddress()) << 64n;
    expect(await jobs.mockInput(id)).to.equal("0x0102");
    await expect(jobs.mockAnswer(id + 1n, "0x")).to.be.revertedWithCustomError(jobs, "JobMismatch").withArgs(id + 1n);
    expect(await jobs.mockAnswer.staticCall(id, "0x0304")).to.equal(true);
    await expect(jobs.mockAnswer(id, "0x0304")).to.emit(jobs, "JobFinalized");
    expect([await consumer.lastJob(), await consumer.lastOutput()]).to.deep.equal([id, "0x0304"]);
    // Without a token a withdrawal is an entry in a book.
    await jobs.deposit(consumer, 5n);
    await consumer.act(jobs, jobs.interface.encodeFunctionData("withdraw", [await consumer.getAddress(), 5n]));
    expect(await jobs.balanceOf(consumer)).to.equal(0n);
  });
});

/** A fragment of an ABI without the names of Solidity's own types, which say nothing to a caller. */
function plain(fragment: object): object {
  return JSON.parse(JSON.stringify(fragment, (key, value: unknown) => (key === "internalType" || key === "stateMutability" ? undefined : key === "name" && typeof value === "string" && value.endsWith("_") ? value.slice(0, -1) : value))) as object;
}
