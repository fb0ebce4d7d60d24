import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { TRANSACTION_GAS } from "../../../core/dispute/budget.ts";
import { finalizeGas, reactionSeconds, servingGas, traceBytes, whyTooSlow } from "../../../core/jobs/declining.ts";
import { disputeCost, warningsOf, type Standing } from "../../../core/jobs/readiness.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import type { ChainReader, Store } from "../../../oracle/ports.ts";
import { readStanding } from "../../../oracle/roles/standing.ts";
import { createShelf } from "../../../oracle/store/shelf.ts";
import { BOND, ME, operatorScene, OPG, smallModel, VERSION, type Circumstances } from "../../support/operatorScene.ts";
import { emptyStore } from "../../support/stores.ts";

type Request = Parameters<ReturnType<typeof operatorScene>["request"]>[1];

type Policy = NonNullable<Parameters<typeof operatorScene>[2]>;

describe("an operator does not begin what it could not finish", function () {
  this.timeout(120_000);
  let model: CompiledModel;
  let store: Store;
  let nonce = 0;
  before(async () => {
    model = await smallModel();
    store = await emptyStore();
  });
  after(() => store.close());

  /** What is told of a job under these circumstances, whether it was computed, and when it is looked at again. */
  async function serve(circumstances: Partial<Circumstances>, terms: Request = {}, policy: Policy = {}) {
    const scene = operatorScene(store, model, policy);
    Object.assign(scene.world, circumstances);
    const job = await scene.request(nonce++, terms);
    const again = await scene.start().serve(job(100));
    const refusal = scene.told.find(({ name }) => name === "job.declined" || name === "job.waiting");
    return { told: refusal?.name, reason: String(refusal?.fields.reason ?? refusal?.fields.for ?? ""), computed: scene.ran() > 0, again };
  }

  const forEver: Record<string, [Partial<Circumstances>, Request, Policy, RegExp]> = {
    "a fee below the least": [{}, {}, { minFee: 2n * OPG }, /operator\.minPrice/],
    "a bond above the most": [{}, {}, { maxBond: BOND - 1n }, /operator\.maxBond/],
    "callback gas above the most": [{}, { callbackGas: 2_000 }, { maxCallbackGas: 1_999 }, /operator\.maxCallbackGas/],
    "callback gas with which no transaction could finalize": [{}, { callbackGas: 2 ** 24 - 1 }, {}, /to finalize it with 16777215 gas/],
    "a version that is not configured": [{}, {}, { versions: [`0x${"34".repeat(32)}`] }, /not configured/],
    "an output that the registry does not take": [{ maxOutputBytes: 15 }, {}, {}, /output has 16 bytes, and the registry takes 15/],
    "an input longer than configured": [{}, {}, { maxInputBytes: 15 }, /input has 16 bytes/],
    "an inline input that no trace begins with": [{}, { input: new Uint8Array(20) }, {}, /20 bytes, the program takes 16/],
    "a deadline that has come": [{}, { deadline: 101 }, {}, /deadline is too close/],
    "demands that this chain is too slow to answer": [{ blockSeconds: 12 }, {}, { confirmations: 4 }, /answered within 60 s.* about 73 s/],
    "a trace that takes longer than the time to open": [{ traceMs: 601_000 }, {}, {}, /answered within 600 s, and to see it, compute the trace/],
  };
  for (const [name, [circumstances, terms, policy, reason]] of Object.entries(forEver)) {
    it(`declines ${name}`, async () => {
      const outcome = await serve(circumstances, terms, policy);
      expect(outcome).to.include({ told: "job.declined", again: undefined });
      expect(outcome.reason).to.match(reason);
      expect((await store.outbox.open(1_000)).length, "nothing is submitted").to.equal(0);
    });
  }

  const forNow: Record<string, [Partial<Circumstances>, RegExp]> = {
    "native coin to open with, at the present price": [{ native: 10n ** 15n, gasPrice: 10n ** 12n }, /^native coin: to submit and to open may cost .* holds 0\.001/],
    "any native coin": [{ native: 0n }, /^native coin/],
    "room on the disk for the trace": [{ room: 31 }, /its trace has 32 bytes, and 31 are left/],
    "free bond": [{ bonded: BOND - 1n }, /free bond/],
  };
  for (const [name, [circumstances, reason]] of Object.entries(forNow)) {
    it(`waits where it lacks ${name}, computes nothing, and serves when it is there`, async () => {
      const scene = operatorScene(store, model);
      const usual = { ...scene.world };
      Object.assign(scene.world, circumstances);
      const operator = scene.start();
      const job = await scene.request(nonce++);
      expect(await operator.serve(job(100))).to.equal(115);
      expect(scene.told.at(-1)?.name).to.equal("job.waiting");
      expect(String(scene.told.at(-1)?.fields.for)).to.match(reason);
      expect(scene.ran()).to.equal(0);
      Object.assign(scene.world, usual);
      await operator.serve(job(115));
      expect(scene.ran()).to.equal(1);
      const [entry] = await store.outbox.open(1_000);
      await store.outbox.confirmed(entry.intent, { hash: VERSION, block: 1, gasUsed: 1n });
    });
  }

  it("knows after the first run of a version how long before a deadline it must begin", async () => {
    const scene = operatorScene(store, model);
    scene.world.runMs = 30_000;
    const operator = scene.start();
    await operator.serve((await scene.request(nonce++, { deadline: 131 }))(100));
    expect(scene.ran()).to.equal(1);
    await operator.serve((await scene.request(nonce++, { deadline: 131 }))(100));
    expect(scene.told.at(-1)).to.deep.include({ name: "job.declined" });
    expect(scene.told.at(-1)?.fields.reason).to.equal("deadline is too close");
    await operator.serve((await scene.request(nonce++, { deadline: 133 }))(100));
    expect(scene.ran()).to.equal(2);
  });

  it("reckons with what the contract and the chain take", () => {
    expect(finalizeGas(40, 0)).to.be.within(21_000 + 75_000, 110_000);
    expect(finalizeGas(40, 1_000_000) - finalizeGas(40, 0)).to.be.at.least(1_000_000 + 1_000_000 / 63 + 5_400);
    expect(finalizeGas(64 * 1024, 2_000_000)).to.be.below(TRANSACTION_GAS);
    expect(servingGas(model.program)).to.be.within(100_000, 2_000_000);
    expect(traceBytes(model.program)).to.equal(32);
    const pace = { block: 12, poll: 1, confirmations: 2 };
    expect(reactionSeconds(pace)).to.equal(49);
    expect(whyTooSlow(pace, { openPeriod: 600, revealPeriod: 60 }, 500)).to.equal(undefined);
    expect(whyTooSlow(pace, { openPeriod: 600, revealPeriod: 60 }, 552)).to.match(/compute the trace/);
    expect(whyTooSlow(pace, { openPeriod: 600, revealPeriod: 48 }, 0)).to.match(/a demand/);
  });

  it("asks the disk itself how much room it has", async () => {
    const folder = mkdtempSync(join(tmpdir(), "opg-room-"));
    try {
      expect(await createShelf(join(folder, "tensors")).room()).to.be.greaterThan(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("what a start warns of", () => {
  const fine: Standing = { operator: true, bonded: 5n * BOND, free: 5n * BOND, leastBond: BOND, native: OPG, leastNative: OPG, publicUrl: "https://me.example" };
  const about = (changes: Partial<Standing>) => warningsOf({ ...fine, ...changes }).map((warning) => warning.about);

  it("no bond, less free than any version asks for, little native coin, an address that only this machine reaches", () => {
    expect(about({})).to.deep.equal([]);
    expect(about({ bonded: 0n, free: 0n, leastBond: undefined })).to.deep.equal(["bond"]);
    expect(about({ free: BOND - 1n })).to.deep.equal(["bond"]);
    expect(about({ leastBond: undefined, free: 0n })).to.deep.equal([]);
    expect(about({ native: OPG - 1n })).to.deep.equal(["native"]);
    for (const host of ["127.0.0.1:8600", "localhost:1", "[::1]:8600", "127.9.9.9"]) expect(about({ publicUrl: `http://${host}` })).to.deep.equal(["address"]);
    expect(about({ publicUrl: undefined })).to.deep.equal([]);
    expect(about({ operator: false, bonded: 0n, free: 0n, publicUrl: "http://localhost", native: 0n })).to.deep.equal(["native"]);
    for (const { text } of warningsOf({ ...fine, bonded: 0n, native: 0n, publicUrl: "http://localhost" })) expect(text).to.match(/bond with|operator\.leastNative|set api\.publicUrl/);
    expect(disputeCost(10n ** 9n)).to.equal(10n ** 15n);
  });

  it("takes the least bond of the versions that are served: those configured, or those of the newest models", async () => {
    const bonds: Record<string, bigint> = { "0x1": 7n, "0x2": 5n, "0x3": 3n };
    const asked: bigint[] = [];
    const reader = {
      bond: () => Promise.resolve({ bonded: 9n, free: 9n, exiting: 0n, exitAt: 0, locked: 0n }),
      nativeBalance: () => Promise.resolve(1n),
      modelCount: () => Promise.resolve(100n),
      model: (id: bigint) => Promise.resolve(void asked.push(id)).then(() => ({ modelId: id, owner: ME, uri: "", versions: id === 100n ? Object.keys(bonds) : [] })),
      quote: (version: string) => Promise.resolve({ price: 0n, minBond: bonds[version], minWindow: 0, shareBps: 0, open: version !== "0x3" }),
    } as unknown as ChainReader;
    const policy = { operator: true, leastNative: 0n, publicUrl: undefined };
    expect((await readStanding(reader, ME, { ...policy, versions: "all" })).leastBond).to.equal(5n);
    expect(asked).to.have.length(32);
    expect((await readStanding(reader, ME, { ...policy, versions: ["0x1"] })).leastBond).to.equal(7n);
    expect((await readStanding(reader, ME, { ...policy, operator: false, versions: "all" })).leastBond).to.equal(undefined);
  });
});
