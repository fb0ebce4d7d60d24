import { expect } from "chai";
import type { Hex } from "../../../core/hex.ts";
import type { Intent, Store, StoredEvent } from "../../../oracle/ports.ts";
import { STORES } from "../../support/stores.ts";

const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const event = (block: number, logIndex: number, job: string): StoredEvent => ({
  block,
  logIndex,
  job,
  event: `{"at":${block}}`,
  disputed: false,
});
const intent = (name: string, job: string | null = "0x1"): Intent => ({
  intent: name,
  kind: "submit",
  job,
  to: `0x${"11".repeat(20)}`,
  data: "0xc0ffee",
  value: 0n,
  urgent: false,
});

for (const { name, open } of STORES) {
  describe(`store on ${name}`, () => {
    let store: Store;
    before(async () => (store = await open()));
    after(() => store.close());

    it("belongs to one chain and deployment", async () => {
      const identity = { chainId: 31337, genesis: hash(1), deployment: "0xAb" };
      await store.claim(identity);
      await store.claim({ ...identity, deployment: "0xaB" });
      const failure = await store.claim({ ...identity, genesis: hash(2) }).catch((error: unknown) => error);
      expect(failure).to.include({ kind: "input", code: "STORE_FOREIGN" });
    });

    it("adds the same stretch of blocks once, in the order of the chain", async () => {
      const events = [event(5, 1, "0xa"), event(5, 0, "0xa"), event(4, 9, "0xa"), event(5, 2, "0xb")];
      await store.advance({ number: 5, hash: hash(5) }, events);
      await store.advance({ number: 5, hash: hash(5) }, events);
      expect((await store.jobEvents("0xa")).map(({ block, logIndex }) => [block, logIndex])).to.deep.equal([
        [4, 9],
        [5, 0],
        [5, 1],
      ]);
      expect(await store.recentBlocks()).to.deep.equal([{ number: 5, hash: hash(5) }]);
    });

    it("undoes blocks with their events and makes the jobs due again", async () => {
      await store.advance({ number: 7, hash: hash(7) }, [event(6, 0, "0xa"), event(7, 0, "0xc")]);
      for (const id of ["0xa", "0xb", "0xc"]) await store.schedule(id, id === "0xb" ? 5 : id === "0xa" ? 6 : 7, null, true);
      expect(await store.dueJobs(1e9, 10, false)).to.deep.equal([]);
      await store.rewind(5);
      expect(await store.recentBlocks()).to.deep.equal([{ number: 5, hash: hash(5) }]);
      expect(await store.jobEvents("0xc")).to.deep.equal([]);
      expect(await store.dueJobs(1e9, 10, false)).to.deep.equal([{ id: "0xa", lastBlock: 5 }]);
    });

    it("wakes a job at its time, and at once when an event came in meanwhile", async () => {
      await store.schedule("0xa", 5, 2_000, false);
      expect(await store.dueJobs(1_999, 10, false)).to.deep.equal([]);
      expect(await store.dueJobs(2_000, 10, false)).to.deep.equal([{ id: "0xa", lastBlock: 5 }]);
      await store.advance({ number: 8, hash: hash(8) }, [event(8, 0, "0xa")]);
      await store.schedule("0xa", 5, null, true);
      expect(await store.dueJobs(0, 10, false)).to.deep.equal([{ id: "0xa", lastBlock: 8 }]);
    });

    it("wakes a job whose transaction is refused, and none that is done", async () => {
      await store.schedule("0xa", 8, 2_000, false);
      expect(await store.dueJobs(1_999, 10, false)).to.deep.equal([]);
      await store.outbox.plan(intent("finalize:0xa", "0xa"));
      await store.outbox.refused("finalize:0xa", "no");
      expect(await store.dueJobs(0, 10, false)).to.deep.equal([{ id: "0xa", lastBlock: 8 }]);
      await store.schedule("0xa", 8, null, true);
      await store.outbox.refused("finalize:0xa", "no");
      expect(await store.dueJobs(1e9, 10, false)).to.deep.equal([]);
      await store.schedule("0xa", 8, 0, false);
    });

    it("keeps the first answer to a request and knows another request under the same id", async () => {
      expect([...(await store.recordResult("0xa", "request 1", Uint8Array.of(1, 2)))]).to.deep.equal([1, 2]);
      expect([...(await store.recordResult("0xa", "request 1", Uint8Array.of(9)))]).to.deep.equal([1, 2]);
      expect(await store.result("0xa", "request 2")).to.equal(undefined);
      expect([...(await store.recordResult("0xa", "request 2", Uint8Array.of(9)))]).to.deep.equal([9]);
    });

    it("keeps the first accusation with its salt", async () => {
      const pieces = [{ until: 5, proof: Uint8Array.of(1, 2) }];
      const first = { node: 3, element: "17", pieces, proof: Uint8Array.of(7), salt: hash(1) };
      await store.recordAccusation("0xa", "trace", first);
      const kept = await store.recordAccusation("0xa", "trace", { ...first, salt: hash(2) });
      expect({ ...kept, proof: [...kept.proof] }).to.deep.equal({ ...first, proof: [7] });
    });

    it("lets no statement that is at fault take along those that came with it", async () => {
      const verdict = { verdict: "match", detail: "" } as const;
      const jobs = ["0x31", "0x3\u0000", "0x32"];
      const told = await Promise.allSettled(jobs.map((job) => store.recordVerdict(job, "output", verdict)));
      expect(told.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
      for (const job of [jobs[0], jobs[2]]) expect(await store.verdict(job, "output")).to.deep.equal(verdict);
    });

    it("plans an intent once and remembers what was signed", async () => {
      const { outbox } = store;
      await outbox.plan(intent("submit:0xa", "0xa"));
      const attempt = { hash: hash(1), raw: "0x02", maxFeePerGas: 10n ** 20n, maxPriorityFeePerGas: 1n, sentAt: 5 } as const;
      await outbox.sent("submit:0xa", 4, 21_000n, [attempt]);
      const again = await outbox.plan({ ...intent("submit:0xa", "0xa"), data: "0xdead" });
      expect(again).to.deep.include({ status: "sent", nonce: 4, gasLimit: 21_000n, data: "0xc0ffee", attempts: [attempt] });
      expect((await outbox.open(10)).map((entry) => entry.intent)).to.deep.equal(["submit:0xa"]);
      await outbox.confirmed("submit:0xa", { hash: hash(1), block: 9, gasUsed: 20_000n }, attempt);
      expect(await outbox.open(10)).to.deep.equal([]);
      expect(await outbox.get("submit:0xa")).to.include({ status: "confirmed", block: 9, gasUsed: 20_000n });
    });

    it("forgets what is done and old, but nothing that is still under way", async () => {
      await store.outbox.plan(intent("finalize:0xb", "0xb"));
      await store.advance({ number: 9, hash: hash(9) }, [event(9, 0, "0xb")]);
      await store.schedule("0xa", 8, null, true);
      await store.schedule("0xb", 9, null, true);
      expect(await store.forget(9)).to.equal(1);
      expect(await store.jobEvents("0xa")).to.deep.equal([]);
      expect(await store.result("0xa", "request 1")).to.equal(undefined);
      expect(await store.outbox.get("submit:0xa")).to.equal(undefined);
      expect(await store.forget(1_000)).to.equal(0);
      expect((await store.jobEvents("0xb")).length).to.be.greaterThan(0);
      await store.outbox.refused("finalize:0xb", "no");
      expect(await store.forget(1_000)).to.equal(1);
    });

    it("has transactions of undone blocks in flight again, with the bytes that were mined", async () => {
      const { outbox } = store;
      const attempt = (n: number) => ({ hash: hash(n), raw: "0x02", maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAt: 5 }) as const;
      await store.advance({ number: 10, hash: hash(10) }, []);
      for (const [name, block] of [["kept", 10], ["undone", 11]] as const) {
        await outbox.plan(intent(name, "0xd"));
        await outbox.sent(name, block, 21_000n, [attempt(1), attempt(2)]);
        await outbox.confirmed(name, { hash: hash(2), block, gasUsed: 1n }, attempt(2));
      }
      await store.rewind(10);
      expect((await outbox.get("kept"))!.status).to.equal("confirmed");
      expect(await outbox.get("undone")).to.deep.include({ status: "sent", nonce: 11, block: null, attempts: [attempt(2)] });
      await outbox.refused("undone", "over");
    });

    it("shows what is in flight first, then what is urgent, then the rest in its order", async () => {
      const { outbox } = store;
      for (const [name, urgent] of [["p1", false], ["p2", false], ["u1", true], ["u2", true]] as const) {
        await outbox.plan({ ...intent(name, null), urgent });
      }
      await outbox.sent("p2", 1, 1n, []);
      expect((await outbox.open(10)).map((entry) => entry.intent)).to.deep.equal(["p2", "u1", "u2", "p1"]);
      for (const name of ["p1", "p2", "u1", "u2"]) await outbox.refused(name, "over");
    });

    it("knows disputed jobs from others, and shows the oldest first", async () => {
      await store.advance({ number: 12, hash: hash(12) }, [event(12, 0, "0xe"), event(12, 1, "0xf")]);
      await store.advance({ number: 13, hash: hash(13) }, [event(13, 0, "0xe1"), { ...event(13, 1, "0xf"), disputed: true }]);
      await store.advance({ number: 14, hash: hash(14) }, [event(14, 0, "0xf"), event(14, 1, "0x0")]);
      const due = async (disputed: boolean) => (await store.dueJobs(1e9, 10, disputed)).map(({ id }) => id);
      expect(await due(true)).to.deep.equal(["0xf"]);
      expect((await due(false)).slice(-3)).to.deep.equal(["0xe", "0xe1", "0x0"]);
    });

    it("keeps a bounded number of blocks", async () => {
      for (let n = 15; n < 560; n++) await store.advance({ number: n, hash: hash(n) }, []);
      const kept = await store.recentBlocks();
      expect(kept.length).to.be.within(500, 512);
      expect(kept[0].number).to.equal(559);
    });
  });
}
