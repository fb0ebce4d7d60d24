import { expect } from "chai";
import { network } from "hardhat";
import { openMock, TERMS } from "../../support/mockJobs.ts";

const AGGREGATOR = 0;
const PYTH = 1;
const ETH = `0x${"e7".repeat(32)}`;
const UNIT = 10n ** 18n;
const ONE = 1_000_000_000_000_000_000n;

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { jobs, deploy, askedBy, answer, inputOf } = await openMock(connection);
const now = () => networkHelpers.time.latest();

async function openFeeds() {
  const chainlink = await ethers.deployContract("MockAggregator", [8]);
  const pyth = await ethers.deployContract("MockPyth");
  const sources = [
    { shape: AGGREGATOR, feed: await chainlink.getAddress(), id: ethers.ZeroHash, decimals: 8, maxAge: 600, maxConfidenceBps: 0 },
    { shape: PYTH, feed: await pyth.getAddress(), id: ETH, decimals: 5, maxAge: 60, maxConfidenceBps: 50 },
  ];
  const price = (change: object = {}, time?: number) => ({ price: 250_000_000n, conf: 100_000n, expo: -5, publishTime: time ?? 0, ...change });
  return { chainlink, pyth, sources, price };
}

describe("a consumer of price feeds", () => {
  it("asks about the newest prices, and says which rounds and times they are of", async () => {
    const { chainlink, pyth, sources, price } = await openFeeds();
    const consumer = await deploy("PriceFeedConsumer", sources, 30);
    const time = await now();
    await chainlink.mockPrice(1n, time - 900);
    await chainlink.mockPrice(251_234_567_890n, time - 500);
    await pyth.mockPrice(ETH, price({}, time - 20));
    const tx = consumer.ask() as Promise<never>;
    const jobId = await askedBy(tx);
    await expect(tx).to.emit(consumer, "PricesAsked").withArgs(jobId, [[251_234_567_890n, 8n, 2n, BigInt(time - 500)], [250_000_000n, 5n, 0n, BigInt(time - 20)]]);
    expect(await inputOf(jobId)).to.deep.equal([Math.fround(2512.3456789), 2500]);
    expect(await consumer.scoreTime()).to.equal(0n);
    expect(await answer(jobId, 0.75)).to.equal(true);
    expect([await consumer.score(), await consumer.scoreTime()]).to.deep.equal([(3n * UNIT) / 4n, BigInt(time - 500)]);
    expect((await consumer.sourceAt(1)).id).to.equal(ETH);
  });

  it("refuses prices that are stale, not positive, uncertain, or in other units, and may run ahead only as far", async () => {
    const { chainlink, pyth, sources, price } = await openFeeds();
    const consumer = await deploy("PriceFeedConsumer", sources, 0);
    const good = async () => {
      await chainlink.mockPrice(100n, await now());
      await pyth.mockPrice(ETH, price({}, await now()));
    };
    const refused = (error: string, ...args: unknown[]) => expect(consumer.ask()).to.be.revertedWithCustomError(consumer, error).withArgs(...args);
    const [aggregator, pythAt] = [sources[0].feed, sources[1].feed];
    // Before the first round the time is zero.
    await refused("NonPositivePrice", aggregator, 0n);
    await good();
    const time = await now();
    await chainlink.mockPrice(100n, time - 700);
    await refused("StalePrice", aggregator, BigInt(time - 700), 600n);
    for (const wrong of [0n, -5n]) {
      await chainlink.mockPrice(wrong, time);
      await refused("NonPositivePrice", aggregator, wrong);
    }
    await good();
    await chainlink.mockDecimals(18);
    await refused("WrongDecimals", aggregator, -18n, 8n);
    await chainlink.mockDecimals(8);
    for (const [change, error, args] of [
      [{ publishTime: time - 200 }, "StalePrice", [BigInt(time - 200), 60n]],
      [{ publishTime: time + 200 }, "StalePrice", [BigInt(time + 200), 60n]],
      [{ price: -1n, publishTime: time }, "NonPositivePrice", [-1n]],
      [{ price: -(2n ** 63n), publishTime: time }, "NonPositivePrice", [-(2n ** 63n)]],
      [{ expo: -8, publishTime: time }, "WrongDecimals", [-8n, 5n]],
      [{ expo: 5, publishTime: time }, "WrongDecimals", [5n, 5n]],
      [{ conf: 1_250_001n, publishTime: time }, "UncertainPrice", [1_250_001n, 250_000_000n]],
    ] as const) {
      await pyth.mockPrice(ETH, price(change));
      await refused(error, pythAt, ...args);
    }
    await pyth.mockPrice(ETH, price({ conf: 1_250_000n }, (await now()) + 30));
    await consumer.ask();
  });

  it("never lets a late result replace one about newer prices, nor a refused one anything", async () => {
    const { chainlink, sources } = await openFeeds();
    const consumer = await deploy("PriceFeedConsumer", sources.slice(0, 1), 0);
    const time = await now();
    const ids: bigint[] = [];
    for (const [price, age] of [[100n, 90], [200n, 60], [300n, 30]] as const) {
      await chainlink.mockPrice(price, time - age);
      ids.push(await askedBy(consumer.ask()));
    }
    expect(await answer(ids[1], 2)).to.equal(true);
    expect(await answer(ids[0], 1)).to.equal(true);
    expect([await consumer.score(), await consumer.scoreTime()]).to.deep.equal([2n * UNIT, BigInt(time - 60)]);
    expect(await answer(ids[2], NaN)).to.equal(false);
    expect(await consumer.score()).to.equal(2n * UNIT);
    expect(await jobs.statusOf(ids[2])).to.equal(7n);
  });

  it("asks no more often than its interval, and only its owner takes out what is left", async () => {
    const { chainlink, sources } = await openFeeds();
    const consumer = await deploy("PriceFeedConsumer", sources.slice(0, 1), 1_000);
    await chainlink.mockPrice(100n, (await now()) + 100);
    await consumer.ask();
    await expect(consumer.ask()).to.be.revertedWithCustomError(consumer, "TooSoon").withArgs((await consumer.nextAsk()) as bigint);
    const [owner, other] = await ethers.getSigners();
    await expect((consumer.connect(other) as typeof consumer).getFunction("withdraw")(1n)).to.be.revertedWithCustomError(consumer, "NotOwner").withArgs(other.address);
    await expect(consumer.withdraw(99n * ONE)).to.emit(jobs, "Withdrawn").withArgs(await consumer.getAddress(), owner.address, 99n * ONE);
    await expect(ethers.deployContract("PriceFeedConsumer", [jobs, TERMS, [], 0])).to.be.revertedWithCustomError(consumer, "NoSources");
  });
});

describe("a consumer that forecasts volatility", () => {
  const SPACING = 60;
  const SLACK = 30;

  async function open(length: number) {
    const feed = await ethers.deployContract("MockAggregator", [8]);
    const source = { shape: AGGREGATOR, feed: await feed.getAddress(), id: ethers.ZeroHash, decimals: 8, maxAge: 1_000, maxConfidenceBps: 0 };
    const consumer = await deploy("VolatilityConsumer", source, length, SPACING, SLACK);
    const observe = async (price: number, time: number) => {
      await feed.mockPrice(price, time);
      return consumer.observe();
    };
    return { feed, source, consumer, observe };
  }

  it("sends the last returns, oldest first, as many as the model takes", async () => {
    for (const length of [1, 4]) {
      const { consumer, observe } = await open(length);
      const time = (await now()) - 900;
      const prices = [100, 110, 99, 198, 99, 100, 103];
      for (const [i, price] of prices.entries()) {
        await observe(price, time + 60 * i);
        if (i < length) await expect(consumer.forecast()).to.be.revertedWithCustomError(consumer, "TooFewReturns").withArgs(BigInt(i), BigInt(length));
      }
      const returns = prices.slice(1).map((price, i) => ((BigInt(price) - BigInt(prices[i])) * UNIT) / BigInt(prices[i]));
      const asked = consumer.forecast() as Promise<never>;
      const jobId = await askedBy(asked);
      await expect(asked).to.emit(consumer, "ForecastAsked").withArgs(jobId, returns.slice(-length), BigInt(time + 360));
      expect(await inputOf(jobId)).to.deep.equal(returns.slice(-length).map((each) => Math.fround(Number(each) / 1e18)));
      await expect(consumer.forecast()).to.be.revertedWithCustomError(consumer, "NothingNew").withArgs(BigInt(time + 360));
      expect(await answer(jobId, 0.25)).to.equal(true);
      expect([await consumer.volatility(), await consumer.volatilityTime()]).to.deep.equal([UNIT / 4n, BigInt(time + 360)]);
    }
  });

  it("takes no price too early, and begins anew after a gap", async () => {
    const { consumer, observe } = await open(2);
    const time = (await now()) - 900;
    await observe(100, time);
    await expect(observe(100, time + 59)).to.be.revertedWithCustomError(consumer, "TooSoon").withArgs(BigInt(time + 60));
    await observe(101, time + 90);
    expect(await consumer.count()).to.equal(1n);
    await observe(102, time + 181);
    expect(await consumer.count()).to.equal(0n);
    await observe(103, time + 241);
    await expect(consumer.forecast()).to.be.revertedWithCustomError(consumer, "TooFewReturns").withArgs(1n, 2n);
    await observe(104, time + 301);
    expect(await inputOf(await askedBy(consumer.forecast()))).to.deep.equal([Math.fround(1 / 102), Math.fround(1 / 103)]);
  });

  it("takes no negative volatility, and no late one for a newer", async () => {
    const { consumer, observe, source } = await open(1);
    const time = (await now()) - 900;
    const ids: bigint[] = [];
    for (let i = 0; i < 4; i++) {
      await observe(100 + i, time + 60 * i);
      if (i > 0) ids.push(await askedBy(consumer.forecast()));
    }
    expect(await answer(ids[1], 0.5)).to.equal(true);
    expect(await answer(ids[0], 0.25)).to.equal(true);
    for (const wrong of [-0.25, Infinity]) expect(await answer(ids[2], wrong).catch(() => false)).to.equal(false);
    expect([await consumer.volatility(), await consumer.volatilityTime()]).to.deep.equal([UNIT / 2n, BigInt(time + 120)]);
    await expect(ethers.deployContract("VolatilityConsumer", [jobs, TERMS, source, 0, 1, 1])).to.be.revertedWithCustomError(consumer, "NoLength");
  });
});
