import { expect } from "chai";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import type { Store } from "../../../oracle/ports.ts";
import { BOND, operatorScene, smallModel } from "../../support/operatorScene.ts";
import { emptyStore } from "../../support/stores.ts";

describe("an operator checks its own trace", function () {
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

  it("once for all jobs that are in hand together, after a start and then whenever as much bond is at stake", async () => {
    const scene = operatorScene(store, model, { bondPerCheck: 4n * BOND });
    const operator = scene.start();
    const jobs = await Promise.all(Array.from({ length: 10 }, (_, i) => scene.request(i)));
    await Promise.all(jobs.map((job) => operator.serve(job(100))));
    expect(scene.ran()).to.equal(10);
    expect(scene.traced(), "the first, the fifth and the ninth").to.equal(3);
  });

  it("with the next job, where a check was not made", async () => {
    const scene = operatorScene(store, model, { bondPerCheck: 4n * BOND });
    const operator = scene.start();
    const jobs = await Promise.all(Array.from({ length: 3 }, (_, i) => scene.request(i)));
    scene.world.traces = false;
    const failed = await Promise.allSettled([operator.serve(jobs[0](100))]);
    expect(failed[0].status).to.equal("rejected");
    scene.world.traces = true;
    for (const job of jobs.slice(1)) await operator.serve(job(101));
    expect(scene.traced()).to.equal(2);
    expect((await store.outbox.open(10)).length).to.equal(2);
  });
});
