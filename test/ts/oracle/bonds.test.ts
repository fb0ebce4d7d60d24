import { expect } from "chai";
import { BondLedger } from "../../../core/jobs/bondLedger.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import type { Store } from "../../../oracle/ports.ts";
import type { Occasion } from "../../../oracle/roles/context.ts";
import { BOND, operatorScene, smallModel } from "../../support/operatorScene.ts";
import { emptyStore } from "../../support/stores.ts";

describe("the bond of an operator is promised once", function () {
  this.timeout(120_000);
  let model: CompiledModel;
  let store: Store;
  before(async () => {
    model = await smallModel();
  });
  beforeEach(async () => {
    store = await emptyStore();
  });
  afterEach(() => store.close());

  const planned = async () => (await store.outbox.open(1_000)).length;
  const jobs = (scene: ReturnType<typeof operatorScene>, count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => scene.request(i)));
  const serveAll = (operator: ReturnType<ReturnType<typeof operatorScene>["start"]>, all: readonly ((now: number) => Occasion)[], now: number) =>
    Promise.all(all.map((job) => operator.serve(job(now))));

  it("32 jobs at once with bond for 10: 10 are computed and submitted, none is refused, 22 wait and are looked at again", async () => {
    const scene = operatorScene(store, model);
    const operator = scene.start();
    const all = await jobs(scene, 32);
    const again = await serveAll(operator, all, 100);
    expect(scene.ran()).to.equal(10);
    expect(await planned()).to.equal(10);
    expect(again.filter((time) => time === 115)).to.have.length(22);
    expect(scene.told.filter(({ name }) => name === "job.waiting")).to.have.length(22);
    expect(scene.told.some(({ name }) => name === "job.declined")).to.equal(false);

    // Planned, sent, and mined: the bond stays promised, and is not promised twice.
    const rest = all.filter((_, i) => again[i] === 115);
    await serveAll(operator, rest, 115);
    await scene.send();
    await serveAll(operator, rest, 130);
    expect(scene.ran()).to.equal(10);
    expect(await scene.mine(131)).to.equal(0);
    await serveAll(operator, rest, 145);
    expect(scene.ran(), "the chain counts them now").to.equal(10);
    expect(scene.told.filter(({ name }) => name === "job.waiting"), "told once").to.have.length(22);

    // Three results become final: three more are served.
    scene.world.locked -= 3n * BOND;
    await serveAll(operator, rest, 160);
    expect(scene.ran()).to.equal(13);
    expect(await scene.mine(161)).to.equal(0);
  });

  it("counts after a restart what was planned and sent before it", async () => {
    const scene = operatorScene(store, model);
    const all = await jobs(scene, 15);
    await serveAll(scene.start(), all.slice(0, 8), 100);
    await scene.send();
    expect(scene.ran()).to.equal(8);
    await serveAll(scene.start(), all.slice(8), 101);
    expect(scene.ran()).to.equal(10);
    await serveAll(scene.start(), all.slice(0, 8), 102);
    expect(scene.ran(), "what is recorded is not computed again").to.equal(10);
    expect(await scene.mine(103)).to.equal(0);
  });

  it("counts a claim that is mined among those sent once, whichever are mined", async () => {
    const scene = operatorScene(store, model);
    const operator = scene.start();
    const all = await jobs(scene, 20);
    await serveAll(operator, all.slice(0, 6), 100);
    await scene.send();
    expect(await scene.mine(101, 4)).to.equal(0);
    expect(scene.world.locked).to.equal(4n * BOND);
    await serveAll(operator, all.slice(6), 102);
    expect(scene.ran()).to.equal(10);
    expect(await scene.mine(103)).to.equal(0);
  });

  it("gives back what was promised to a job that came to nothing: refused, or failed while it was computed", async () => {
    const scene = operatorScene(store, model);
    scene.world.bonded = 2n * BOND;
    const operator = scene.start();
    const all = await jobs(scene, 4);
    await serveAll(operator, all.slice(0, 2), 100);
    await serveAll(operator, all.slice(2), 101);
    expect(scene.ran()).to.equal(2);
    // Somebody else was quicker with one of them.
    const [first] = await store.outbox.open(1);
    await store.outbox.refused(first.intent, "WrongStatus");
    await serveAll(operator, all.slice(2), 116);
    expect(scene.ran()).to.equal(3);

    const failing = operatorScene(store, model);
    failing.world.bonded = 3n * BOND;
    const next = failing.start();
    const broken = await failing.request(20, { input: new Uint8Array(15) });
    await next.serve(broken(200));
    expect(failing.told.at(-1)?.name).to.equal("job.declined");
    await next.serve((await failing.request(21))(200));
    expect(failing.ran(), "in the same block").to.equal(1);
  });

  it("a recorded answer whose submission was refused waits for bond like any other", async () => {
    const scene = operatorScene(store, model);
    const operator = scene.start();
    const [job] = await jobs(scene, 1);
    await operator.serve(job(100));
    const [entry] = await store.outbox.open(1);
    await store.outbox.refused(entry.intent, "StakeTooLow");
    scene.world.bonded = 0n;
    scene.pass(5_000);
    expect(await operator.serve(job(200))).to.equal(215);
    expect(await planned()).to.equal(0);
    scene.world.bonded = BOND;
    for (const now of [215, 230, 245]) await operator.serve(job(now));
    expect(await planned()).to.equal(1);
    expect(scene.ran()).to.equal(1);
  });

  it("looks again often enough before a deadline that is near", async () => {
    const scene = operatorScene(store, model);
    scene.world.bonded = 0n;
    const job = await scene.request(1, { deadline: 140 });
    expect(await scene.start().serve(job(100))).to.equal(105);
  });

  it("the ledger: what is in hand, what has left it, and what is claimed are counted once", () => {
    const ledger = new BondLedger();
    ledger.update(10n, new Map(), []);
    expect(ledger.hold("a", 4n)).to.equal(true);
    expect(ledger.hold("a", 4n), "the same job again").to.equal(true);
    expect(ledger.available).to.equal(6n);
    expect(ledger.hold("b", 7n)).to.equal(false);
    ledger.leave("a");
    expect(ledger.available, "until the outbox was looked at").to.equal(6n);
    const settled = ledger.left();
    expect(ledger.hold("c", 1n)).to.equal(true);
    ledger.leave("c");
    ledger.update(10n, new Map([["a", 4n]]), settled);
    expect(ledger.available, "c left after the look began").to.equal(5n);
    ledger.update(6n, new Map(), ledger.left());
    expect(ledger.available, "a is mined, c came to nothing").to.equal(6n);
  });
});
