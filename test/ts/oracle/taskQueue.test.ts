import { expect } from "chai";
import { inputError, refusedError, transientError, OpgError } from "../../../core/errors.ts";
import { CompileError } from "../../../core/faults.ts";
import type { Store, Task, TaskQueue } from "../../../oracle/ports.ts";
import { decodeOutcome, encodeDone, encodeFailed } from "../../../oracle/roles/taskCodec.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { sharedPostgres } from "../../support/postgres.ts";

const identity = { chainId: 31337, genesis: `0x${"11".repeat(32)}` as const, deployment: `0x${"22".repeat(20)}` };
const job = (work: string): Task => ({ disputed: false, work });
const dispute = (work: string): Task => ({ disputed: true, work });
const outcomeOf = (asked: Promise<string>) => asked.catch((error: unknown) => error);

for (const on of ["PGlite", "PostgreSQL"] as const) {
  describe(`tasks on ${on}`, function () {
    this.timeout(60_000);
    let url: string | undefined;
    let store: Store;
    const closing: (() => Promise<void>)[] = [];
    before(async () => {
      if (on === "PostgreSQL") url = await (await sharedPostgres()).database();
      store = await openStore(url === undefined ? {} : { url });
      await store.claim(identity);
    });
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });
    after(() => store.close());

    async function queueOf(from = store, gives = true): Promise<TaskQueue> {
      const queue = await from.tasks({ gives, onTrouble: (error) => console.error(error) });
      closing.push(() => queue.close());
      return queue;
    }
    function work(queue: TaskQueue, perform: (task: Task) => Promise<string>, places = { disputes: 1, jobs: 1 }): void {
      const stop = new AbortController();
      const taking = queue.take(places, perform, stop.signal);
      closing.push(() => (stop.abort(), taking));
    }

    it("every task is done once, and each answer comes to the one who asked", async () => {
      const queue = await queueOf();
      const done: string[] = [];
      work(queue, (task) => (done.push(task.work), Promise.resolve(`did ${task.work}`)), { disputes: 2, jobs: 3 });
      const names = Array.from({ length: 40 }, (_, i) => String(i));
      const outcomes = await Promise.all(names.map((name) => queue.give(Number(name) % 4 === 0 ? dispute(name) : job(name))));
      expect(outcomes).to.deep.equal(names.map((name) => `did ${name}`));
      expect(done.sort()).to.deep.equal([...names].sort());
      expect(queue.depth()).to.equal(0);
    });

    it("no task is overlooked, however givers and free places meet", async () => {
      const queue = await queueOf();
      const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
      work(queue, async (task) => (await pause(Number(task.work) % 4), task.work), { disputes: 1, jobs: 2 });
      const asked: Promise<string>[] = [];
      for (let i = 0; i < 250; i++) {
        asked.push(queue.give(i % 5 === 0 ? dispute(String(i)) : job(String(i))));
        if (i % 3 === 0) await pause(i % 7);
      }
      expect(await Promise.all(asked)).to.deep.equal(asked.map((_, i) => String(i)));
    });

    it("a dispute does not wait behind jobs", async () => {
      const queue = await queueOf();
      let release!: () => void;
      const held = new Promise<void>((resolve) => (release = resolve));
      work(queue, async (task) => (task.disputed ? "answered" : (await held, "served")));
      const flood = Array.from({ length: 30 }, (_, i) => queue.give(job(String(i))));
      expect(await queue.give(dispute("open"))).to.equal("answered");
      expect(queue.depth()).to.equal(30);
      release();
      expect(new Set(await Promise.all(flood))).to.deep.equal(new Set(["served"]));
    });

    it("who stops does not wait for workers that are not there", async () => {
      const queue = await queueOf();
      const asked = outcomeOf(queue.give(job("nobody is there")));
      queue.abandon();
      expect(await asked).to.include({ kind: "transient", code: "TASK_ABANDONED" });
    });

    it("a new giver finds nothing of what an earlier one left", async () => {
      const earlier = await queueOf();
      const left = outcomeOf(earlier.give(job("left behind")));
      earlier.abandon();
      await left;
      const queue = await queueOf();
      const done: string[] = [];
      work(queue, (task) => (done.push(task.work), Promise.resolve("")));
      await queue.give(job("asked anew"));
      expect(done).to.deep.equal(["asked anew"]);
    });

    if (on === "PostgreSQL") {
      it("workers beside the daemon do its tasks, without its lock", async () => {
        const queue = await queueOf();
        const done = new Map<string, number>();
        for (const name of ["one", "two"]) {
          const beside = await openStore({ url: url!, shares: true });
          closing.push(() => beside.close());
          await beside.claim(identity);
          const count = async () => {
            done.set(name, (done.get(name) ?? 0) + 1);
            await new Promise((resolve) => setTimeout(resolve, 5));
            return name;
          };
          work(await queueOf(beside, false), count);
        }
        const outcomes = await Promise.all(Array.from({ length: 40 }, (_, i) => queue.give(job(String(i)))));
        expect(new Set(outcomes)).to.deep.equal(new Set(["one", "two"]));
        expect([...done.values()].reduce((a, b) => a + b)).to.equal(40);
      });

      it("who works beside a daemon takes no store of another chain, and none that no daemon has used", async () => {
        const beside = await openStore({ url: url!, shares: true });
        closing.push(() => beside.close());
        expect(await outcomeOf(beside.claim({ ...identity, chainId: 1 }) as Promise<never>)).to.include({ code: "STORE_FOREIGN" });
        const empty = await (await sharedPostgres()).database();
        expect(await openStore({ url: empty, shares: true }).catch((error: unknown) => error)).to.include({ kind: "transient", code: "STORE_UNCLAIMED" });
      });

      it("what a lost worker had in hand is done by another", async () => {
        const queue = await queueOf();
        const lost = await openStore({ url: url!, shares: true });
        const itsQueue = await lost.tasks({ gives: false, onTrouble: () => undefined });
        let taken!: () => void;
        const hasIt = new Promise<void>((resolve) => (taken = resolve));
        void itsQueue.take({ disputes: 0, jobs: 1 }, () => (taken(), new Promise<string>(() => undefined)), new AbortController().signal);
        const asked = queue.give(job("the lost one"));
        await hasIt;
        // Without a connection it can say neither that it lives nor what came of it.
        await itsQueue.close();
        await lost.close();
        work(queue, (task) => Promise.resolve(`another did ${task.work}`));
        expect(await asked).to.equal("another did the lost one");
      });
    }
  });
}

describe("what became of a task, in words", () => {
  const again = (text: string): unknown => {
    try {
      return decodeOutcome("open", text);
    } catch (error) {
      return error;
    }
  };

  it("an outcome is the same on the other side, bytes included", () => {
    const accusation = { node: 3, element: "17", pieces: [{ until: 5, proof: Uint8Array.of(1, 2) }], proof: Uint8Array.of(3), salt: "0xab" as const };
    const found = { kind: "accuse" as const, accusation };
    expect(decodeOutcome("investigate", encodeDone<"investigate">(found))).to.deep.equal(found);
    const reveal = ["0x01", "0x"] as const;
    expect(decodeOutcome("reveal", encodeDone<"reveal">([...reveal]))).to.deep.equal(reveal);
  });

  it("an error has the same meaning on the other side", () => {
    for (const error of [inputError("AMOUNT", "a"), transientError("STORE_BUSY", "b", { fix: "wait" }), refusedError("TRACE_LOST", "c", { details: { bond: 7n } })]) {
      const told = again(encodeFailed(error)) as OpgError;
      expect(told).to.be.instanceOf(OpgError);
      expect(told).to.include({ kind: error.kind, code: error.code, message: error.message, fix: error.fix });
    }
    expect((again(encodeFailed(new CompileError([{ name: "n", op: "Conv", why: "no" }]))) as CompileError).faults).to.deep.equal([{ name: "n", op: "Conv", why: "no" }]);
    expect(again(encodeFailed(new Error("plain")))).to.be.instanceOf(Error).and.to.include({ message: "plain" });
  });

  it("words that are none of ours are refused", () => {
    expect(again('{"done":"no hex"}')).to.be.instanceOf(Error);
    expect(again('{"other":1}')).to.be.instanceOf(Error);
  });
});
