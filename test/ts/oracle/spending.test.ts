import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { createCalls } from "../../../oracle/chain/calls.ts";
import { createSender } from "../../../oracle/chain/sender.ts";
import { encodeJobEvent } from "../../../core/jobs/events.ts";
import type { JobEvent } from "../../../core/jobs/events.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import type { Hex } from "../../../core/hex.ts";
import type { ChainReader, Deployment, SpendingLimits, Store } from "../../../oracle/ports.ts";
import type { Context, Occasion } from "../../../oracle/roles/context.ts";
import { createPurse } from "../../../oracle/roles/purse.ts";
import { createBudget, createGasGuard } from "../../../oracle/roles/spending.ts";
import { createDispatch } from "../../../oracle/roles/transactions.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { crashIntent, CRASH_KEY, readerFor, SENDER_OPTIONS } from "../../support/outboxCrashSetup.ts";
import { SimulatedChain } from "../../support/simulatedChain.ts";
import { emptyDataDirectory, STORES } from "../../support/stores.ts";

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
const [ME, REQUESTER] = [at("a"), at("b")];
const HASH: Hex = `0x${"12".repeat(32)}`;
const OPG = 10n ** 18n;
const DAY = 86_400;
const deployment: Deployment = { chainId: 31337, startBlock: 1, opg: at("1"), models: at("2"), stakes: at("3"), jobs: at("4"), game: at("5"), verifier: at("6") };

for (const { name, open } of STORES) {
  describe(`what was spent, on ${name}`, () => {
    let store: Store;
    before(async () => void (store = await open()));
    after(() => store.close());

    it("is limited by the day and by the dispute, and counted once", async () => {
      const reserve = (job: string, what: string, amount: bigint, when: number, limits: SpendingLimits = { perDay: 100n, perDispute: 60n }) =>
        store.spending.reserve({ purse: "disputes", job, what, amount, at: when }, limits);
      expect(await reserve("0x1", "challenge", 50n, 1_000)).to.equal(undefined);
      expect(await reserve("0x1", "challenge", 50n, 1_001), "the same again").to.equal(undefined);
      expect(await reserve("0x1", "demand-a", 11n, 1_002)).to.equal("dispute");
      expect(await reserve("0x1", "demand-b", 10n, 1_002)).to.equal(undefined);
      expect(await reserve("0x2", "challenge", 41n, 1_003)).to.equal("day");
      expect(await reserve("0x2", "challenge", 40n, 1_003)).to.equal(undefined);
      expect(await reserve("0x3", "challenge", 1n, 1_004)).to.equal("day");
      expect(await reserve("0x3", "challenge", 1n, 1_000 + DAY), "the first is a day old").to.equal(undefined);
      expect(await reserve("0x4", "challenge", 10n ** 30n, 1_005, {}), "without limits all is taken, and counted").to.equal(undefined);
      expect(await store.spending.jobsOfDay("disputes", 2_000)).to.have.members(["0x1", "0x2", "0x3", "0x4"]);
      await store.spending.returned("disputes", "0x4");
      await store.spending.settle("disputes", "0x1", "challenge", 5n);
      expect(await reserve("0x5", "challenge", 44n, 1_006)).to.equal(undefined);
      expect(await store.spending.reserve({ purse: "gas", job: "0x5", what: "x", amount: 100n, at: 1_006 }, { perDay: 100n }), "each purse by itself").to.equal(undefined);
    });
  });
}

describe("limits of spending", () => {
  let store: Store;
  let told: { name: string; fields: Record<string, unknown> }[];
  beforeEach(async () => {
    store = await openStore({});
    told = [];
  });
  afterEach(() => store.close());
  const telemetry: Context["telemetry"] = { emit: (name, fields) => void told.push({ name, fields: { ...fields } }) };

  const idOf = (nonce: number) => (BigInt(REQUESTER) << 64n) | BigInt(nonce);
  const requested: JobEvent = { type: "JobRequested", version: HASH, terms: OPG << 160n, claim: 0n, input: "0x00" };
  const occasionOf = (nonce: number, now: number): Occasion => ({ id: formatJobId(idOf(nonce)), state: foldJob(idOf(nonce), [requested])!, events: [], now, block: now - 1 });

  function purseWith(limits: SpendingLimits) {
    const reader = { deployment, ledgerBalance: () => Promise.resolve(1_000n * OPG), minedIn: () => Promise.resolve(undefined) } as unknown as ChainReader;
    const calls = createCalls(deployment);
    const context = { address: ME, store, reader, calls, telemetry };
    const purse = createPurse(context, createDispatch(context), limits);
    const planned = async () => (await store.outbox.open(100)).map(({ kind, job }) => `${kind} ${job}`);
    const spend = (nonce: number, now: number, amount: bigint, kind = "challenge", part?: string) => {
      const occasion = occasionOf(nonce, now);
      return purse.spend(kind, occasion, amount, () => calls.challenge(occasion.state.job), part);
    };
    return { spend, planned };
  }

  it("hold a watcher's challenges and demands back, say so once, and try a day's again", async () => {
    const { spend, planned } = purseWith({ perDay: 60n * OPG, perDispute: 40n * OPG });
    expect(await spend(1, 1_000, 25n * OPG)).to.equal(1_001);
    expect(await spend(1, 1_001, 20n * OPG, "demand", "a"), "this dispute's limit stays").to.equal(undefined);
    expect(await spend(2, 1_002, 25n * OPG)).to.equal(1_003);
    expect(await spend(3, 1_003, 25n * OPG), "the day's is looked at again").to.equal(1_063);
    expect(await spend(3, 1_063, 25n * OPG)).to.equal(1_123);
    expect(await planned()).to.deep.equal([`challenge ${formatJobId(idOf(1))}`, `challenge ${formatJobId(idOf(2))}`]);
    expect(told.filter(({ name }) => name === "spending.held").map(({ fields }) => fields)).to.deep.equal([
      { job: formatJobId(idOf(1)), kind: "demand", limit: "spending.opgPerDispute", amount: "20.0" },
      { job: formatJobId(idOf(3)), kind: "challenge", limit: "spending.opgPerDay", amount: "25.0" },
    ]);
    expect(await spend(3, 1_000 + DAY, 25n * OPG), "the first is a day old").to.equal(1_001 + DAY);
  });

  it("count no more what a conviction brought back", async () => {
    const { spend, planned } = purseWith({ perDay: 30n * OPG });
    await spend(1, 1_000, 25n * OPG);
    expect(await spend(2, 1_001, 25n * OPG)).to.equal(1_061);
    const convicted: JobEvent[] = [requested, { type: "JobConvicted", operator: at("c"), slashed: OPG }];
    await store.advance({ number: 7, hash: HASH }, convicted.map((event, logIndex) => ({ block: 7, logIndex, job: formatJobId(idOf(1)), event: encodeJobEvent(event), disputed: true })));
    expect(await spend(2, 1_061, 25n * OPG)).to.equal(1_062);
    expect(await planned()).to.have.length(2);
  });

  it("hold nothing back where none is set", async () => {
    const { spend, planned } = purseWith({});
    for (let i = 1; i <= 9; i++) await spend(i, 1_000, 100n * OPG);
    expect(await planned()).to.have.length(9);
  });

  describe("of gas", () => {
    /** What a transaction of the simulated chain costs at most: 106,700 gas at twice a base fee of 1 gwei and a tip of 1. */
    const ONE = 106_700n * 3n * 10n ** 9n;

    function setUp(limits: SpendingLimits) {
      const chain = new SimulatedChain();
      const clock = { time: 1_000_000, now: () => clock.time, sleep: () => Promise.resolve() };
      const guard = createGasGuard(store, limits, clock, telemetry);
      const sender = createSender(chain.rpc, readerFor(chain), new Wallet(CRASH_KEY), store.outbox, clock, telemetry, { ...SENDER_OPTIONS, spending: guard });
      const plan = (kind: string, job: string, urgent = false) => store.outbox.plan({ ...crashIntent, intent: `${kind}:${job}`, kind, job, urgent });
      return { chain, clock, sender, plan };
    }

    it("hold back what can be left, never an answer or a proof", async () => {
      const { chain, sender, plan } = setUp({ perDay: ONE, perDispute: ONE });
      for (const [kind, urgent] of [["submit", false], ["challenge", true], ["open", true], ["reveal", true], ["commit", true], ["convict", true]] as const) await plan(kind, "0x1", urgent);
      await plan("finalize", "0x2");
      await sender.pump();
      const status = async (intent: string) => (await store.outbox.get(intent))?.status;
      // The answers and proofs come first and take all that there is, and more.
      for (const intent of ["open:0x1", "reveal:0x1", "commit:0x1", "convict:0x1"]) expect(await status(intent), intent).to.equal("sent");
      for (const intent of ["submit:0x1", "finalize:0x2"]) expect(await status(intent), intent).to.equal("planned");
      expect(chain.pool.map(({ nonce }) => nonce), "what is held back takes no nonce").to.deep.equal([...chain.pool.keys()]);
      const held = told.filter(({ name }) => name === "spending.held").map(({ fields }) => `${String(fields.kind)} ${String(fields.limit)}`);
      expect(held).to.include.members(["submit spending.nativePerDispute", "finalize spending.nativePerDay"]);
      const asked = chain.rpc.times("eth_estimateGas");
      await sender.pump();
      expect(chain.rpc.times("eth_estimateGas"), "a node is not asked again at once").to.equal(asked);
    });

    it("count what it came to in the end, and let go what a day later has room for", async () => {
      const used = 42_000n * 3n * 10n ** 9n;
      const { chain, clock, sender, plan } = setUp({ perDay: ONE + used });
      for (const job of ["0x1", "0x2", "0x3"]) await plan("submit", job);
      const sent = async () => (await store.outbox.open(10)).filter(({ status }) => status === "sent").map(({ intent }) => intent);
      await sender.pump();
      expect(await sent()).to.deep.equal(["submit:0x1"]);
      chain.mine();
      await sender.pump();
      clock.time += 61_000;
      await sender.pump();
      expect(await sent(), "the first took less than was set aside for it").to.deep.equal(["submit:0x2"]);
      chain.mine();
      await sender.pump();
      clock.time += 61_000;
      await sender.pump();
      expect(await sent()).to.deep.equal([]);
      clock.time += DAY * 1_000;
      await sender.pump();
      expect(await sent()).to.deep.equal(["submit:0x3"]);
    });
  });

  it("of a day are remembered by the store: a restart does not renew them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "opg-spending-"));
    try {
      await emptyDataDirectory(folder);
      for (const [attempt, expected] of [[1, undefined], [2, "day"]] as const) {
        const opened = await openStore({ directory: folder });
        const budget = createBudget(opened, "hidden-input", { perDay: 500n * OPG });
        expect(await budget.reserve(`0x${attempt}`, "risk", 300n * OPG, 1_000)).to.equal(expected);
        expect(await budget.reserve("0x1", "risk", 300n * OPG, 1_000), "the first has its own").to.equal(undefined);
        await opened.close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
