import { expect } from "chai";
import type { HistoryIndex } from "../../../core/history/historyIndex.ts";
import { MemoryIndex } from "../../../core/history/memoryIndex.ts";
import type { ChainEvent } from "../../../core/history/types.ts";
import type { ChainIndex, Store } from "../../../oracle/ports.ts";
import { account, bondEvent, gameEvent, hash, jobEvent, jobId, modelCreated, modelSold, requested, submitted, versionDeprecated, versionPublished } from "../../support/chainEvents.ts";
import { STORES } from "../../support/stores.ts";

const [A, B, C] = [1, 2, 3].map((nonce) => jobId(7, nonce));
const OPERATOR = 5;

/** A model with two versions, an operator, a job that is served, one that is refunded and one that is convicted. */
const HISTORY: readonly ChainEvent[] = [
  ...modelCreated({ block: 1, logIndex: 0 }, 1, 3),
  versionPublished({ block: 2, logIndex: 0 }, 10, 1),
  bondEvent({ block: 2, logIndex: 1 }, "Bonded", OPERATOR, { amount: "1200" }),
  requested({ block: 3, logIndex: 0 }, A, 10),
  requested({ block: 3, logIndex: 1 }, B, 10, 3n),
  submitted({ block: 4, logIndex: 0 }, A, OPERATOR),
  jobEvent({ block: 5, logIndex: 0 }, A, "JobFinalized", { operator: account(OPERATOR), delivered: false }),
  jobEvent({ block: 5, logIndex: 1 }, A, "CallbackDelivered"),
  versionPublished({ block: 6, logIndex: 0 }, 11, 1),
  versionDeprecated({ block: 6, logIndex: 1 }, 10, 11),
  requested({ block: 6, logIndex: 2 }, C, 11, 5n, `0x${"cd".repeat(2_000)}`),
  submitted({ block: 7, logIndex: 0 }, C, OPERATOR),
  jobEvent({ block: 8, logIndex: 0 }, C, "JobChallenged", { operator: account(OPERATOR) }),
  gameEvent({ block: 8, logIndex: 1 }, C, "Challenged", { challenger: account(8), index: "1", openBy: 1_100, deadline: 1_200 }),
  jobEvent({ block: 8, logIndex: 2 }, B, "JobRefunded"),
  gameEvent({ block: 9, logIndex: 0 }, C, "Challenged", { challenger: account(9), index: "2", openBy: 1_101, deadline: 1_201 }),
  gameEvent({ block: 9, logIndex: 1 }, C, "Opened", { operator: account(OPERATOR), traceRoot: hash(4), shown: "0x", uri: "" }),
  jobEvent({ block: 10, logIndex: 0 }, C, "JobConvicted", { operator: account(OPERATOR), slashed: "500" }),
  bondEvent({ block: 10, logIndex: 1 }, "Slashed", OPERATOR, { requester: account(7), amount: "500", compensation: "100", reward: "200" }),
  gameEvent({ block: 10, logIndex: 2 }, C, "ConvictedByProof", { challenger: account(8), reward: "200", collectableAt: 1_300 }),
  modelSold({ block: 11, logIndex: 0 }, 1, 3, 4),
];
const upTo = (block: number) => HISTORY.filter((event) => event.block <= block);
const LAST = 11;

/** Everything that the index says, with places in the order of the chain in place of sequence numbers. */
async function everything(index: HistoryIndex): Promise<unknown> {
  const page = { limit: 100 };
  const events = (await index.events({}, { limit: 1_000, after: 0 })).filter(({ emitter }) => emitter !== null);
  const places = new Map(events.map(({ sequence }, place) => [sequence, place]));
  const all = {
    ...{ overview: await index.overview(), jobs: await index.jobs({}, page), disputes: await index.disputes({}, page), models: await index.models(page) },
    ...{ versions: await index.versions({}, page), operators: await index.operators(page), events },
    whole: await Promise.all(events.map(({ sequence }) => index.event(sequence))),
    tallies: await Promise.all((["model:1", `version:${hash(10)}`, `version:${hash(11)}`, `operator:${account(OPERATOR)}`] as const).map((subject) => index.tallies(subject))),
  };
  return JSON.parse(JSON.stringify(all, (key, value: unknown) => (key === "sequence" ? places.get(value as number) : value)));
}

for (const { name, open } of STORES) {
  describe(`the index on ${name}`, function () {
    this.timeout(60_000);
    let store: Store;
    let index: ChainIndex;
    beforeEach(async () => {
      store = await open();
      index = store.chainIndex;
    });
    afterEach(() => store.close());

    it("tells of jobs, disputes, models, versions and operators what their events say", async () => {
      await index.advance({ number: LAST, hash: hash(LAST) }, HISTORY);
      expect(await index.job(A)).to.deep.include({ status: "Final", version: hash(10), model: "1", requester: account(7), operator: account(OPERATOR), fee: "2", submittedAt: 1_004, finalizesAt: 1_124, dispute: null });
      expect(await index.job(B)).to.include({ status: "Refunded", operator: null, deadline: 5_000, requestedAt: 1_003, updatedAt: 1_008 });
      const [convicted] = await index.disputes({ isOpen: false }, { limit: 5 });
      expect(convicted).to.include({ id: C, status: "Convicted" });
      expect(convicted.dispute).to.include({ challengers: 2, openBy: 1_100, isOpened: true, outcome: "convicted by proof", slashed: "500" });
      expect(await index.disputes({ isOpen: true }, { limit: 5 })).to.deep.equal([]);
      expect(await index.model("1")).to.include({ owner: account(4), uri: "https://card.example", createdAt: 1_001 });
      expect(await index.version(hash(10))).to.include({ model: "1", isDeprecated: true, successor: hash(11), minWindow: 120 });
      expect(await index.operator(account(OPERATOR))).to.include({ bonded: "700", slashed: "500", slashes: 1, since: 1_002 });
      expect(await index.overview()).to.deep.equal({
        ...{ block: LAST, models: 1, versions: 2, operators: 1, bonded: "700", slashed: "500", disputes: 1, openDisputes: 0, convictions: 1 },
        jobs: [
          { status: "Convicted", jobs: 1, fees: "5" },
          { status: "Final", jobs: 1, fees: "2" },
          { status: "Refunded", jobs: 1, fees: "3" },
        ],
      });
      expect(await index.tallies(`operator:${account(OPERATOR)}`)).to.deep.equal([
        { status: "Convicted", jobs: 1, fees: "5" },
        { status: "Final", jobs: 1, fees: "2" },
      ]);
    });

    it("says the same however the events came: at once, block by block, or twice", async () => {
      await index.advance({ number: LAST, hash: hash(LAST) }, HISTORY);
      const atOnce = await everything(index);
      const other = await open();
      for (let block = 1; block <= LAST; block++) {
        const events = HISTORY.filter((event) => event.block === block);
        for (let times = 0; times < 2; times++) await other.chainIndex.advance({ number: block, hash: hash(block) }, events);
      }
      expect(await everything(other.chainIndex)).to.deep.equal(atOnce);
      await other.close();
    });

    it("is after a reorganisation as if the blocks that are gone had never been, whichever they are", async () => {
      for (let block = 0; block < LAST; block++) {
        await index.rewind(-1);
        await index.advance({ number: block, hash: hash(block) }, upTo(block));
        const before = await everything(index);
        await index.advance({ number: LAST, hash: hash(LAST) }, HISTORY.filter((event) => event.block > block));
        const newest = await index.newest();
        await index.rewind(block);
        await index.rewind(block);
        expect(await everything(index), `back to block ${block}`).to.deep.equal(before);
        const told = await index.events({}, { limit: 5, after: newest });
        expect(told.map(({ name, block: to, emitter }) => ({ name, to, emitter }))).to.deep.equal([{ name: "Reorganised", to: block, emitter: null }]);
      }
    });

    it("says what the one in memory says, before and after any reorganisation", async () => {
      const again = (block: number, logIndex: number) => Promise.resolve(HISTORY.find((event) => event.block === block && event.logIndex === logIndex)!.fields);
      for (let block = 0; block <= LAST; block++) {
        await index.rewind(-1);
        const inMemory = new MemoryIndex(again);
        const advance = async (to: number, events: readonly ChainEvent[]) => {
          await index.advance({ number: to, hash: hash(to) }, events);
          inMemory.advance(to, events);
          expect(await everything(inMemory)).to.deep.equal(await everything(index));
        };
        await advance(block, upTo(block));
        await advance(LAST, HISTORY.filter((event) => event.block > block));
        await index.rewind(block);
        inMemory.rewind(block, 0);
        expect(await everything(inMemory), `back to block ${block}`).to.deep.equal(await everything(index));
        await advance(LAST, HISTORY.filter((event) => event.block > block));
      }
    });

    it("knows where it stopped, and the blocks below", async () => {
      for (const block of [1, 2, 3]) await index.advance({ number: block, hash: hash(block) }, []);
      await index.rewind(2);
      expect(await index.recentBlocks()).to.deep.equal([2, 1].map((number) => ({ number, hash: hash(number) })));
      await index.advance({ number: 2_000, hash: hash(2_000) }, []);
      expect(await index.recentBlocks()).to.deep.equal([{ number: 2_000, hash: hash(2_000) }]);
    });

    it("leaves long fields to whoever asks for the event itself", async () => {
      await index.advance({ number: LAST, hash: hash(LAST) }, HISTORY);
      const [event] = await index.events({ subject: `job:${C}`, emitter: "jobs" }, { limit: 1, after: 0 });
      expect(event.omitted).to.deep.equal(["input"]);
      expect(event.fields).to.not.have.property("input");
      expect((await index.event(event.sequence))!.fields.input).to.equal(`0x${"cd".repeat(2_000)}`);
    });

    it("gives lists page by page, the newest first, by every filter", async () => {
      await index.advance({ number: LAST, hash: hash(LAST) }, HISTORY);
      const ids = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id);
      const first = await index.jobs({}, { limit: 2 });
      expect(ids(first)).to.deep.equal([C, B]);
      expect(ids(await index.jobs({}, { limit: 2, before: first[1].sequence }))).to.deep.equal([A]);
      expect(ids(await index.jobs({ status: "Refunded" }, { limit: 9 }))).to.deep.equal([B]);
      expect(ids(await index.jobs({ version: hash(11) }, { limit: 9 }))).to.deep.equal([C]);
      expect(ids(await index.jobs({ model: "1", operator: account(OPERATOR) }, { limit: 9 }))).to.deep.equal([C, A]);
      expect(ids(await index.jobs({ requester: account(8) }, { limit: 9 }))).to.deep.equal([]);
    });

    it("follows a bond through an exit as the registry does", async () => {
      const step = async (block: number, what: string, fields: ChainEvent["fields"]) => {
        await index.advance({ number: block, hash: hash(block) }, [bondEvent({ block, logIndex: 0 }, what, OPERATOR, fields)]);
        const { bonded, exiting, exitAt } = (await index.operator(account(OPERATOR)))!;
        return [bonded, exiting, exitAt];
      };
      expect(await step(1, "Bonded", { amount: "100" })).to.deep.equal(["100", "0", null]);
      expect(await step(2, "ExitRequested", { exiting: "60", exitAt: 9 })).to.deep.equal(["100", "60", 9]);
      expect(await step(3, "ExitCancelled", {})).to.deep.equal(["100", "0", null]);
      expect(await step(4, "ExitRequested", { exiting: "60", exitAt: 10 })).to.deep.equal(["100", "60", 10]);
      expect(await step(5, "BondWithdrawn", { amount: "40" })).to.deep.equal(["60", "20", 10]);
      expect(await step(6, "Slashed", { requester: account(7), amount: "50", compensation: "0", reward: "0" })).to.deep.equal(["10", "10", 10]);
    });
  });
}
