import { expect } from "chai";
import { decodeJobEvent } from "../../../core/jobs/events.ts";
import { jobDigest, parseJobId } from "../../../core/jobs/job.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import type { RunningDaemon } from "../../../oracle/main.ts";
import { startHardhat } from "../../support/devnets.ts";
import { BOND, OPG, openScene, type Scene } from "../../support/scene.ts";

describe("the net below the events", function () {
  this.timeout(180_000);
  let scene: Scene;
  let version: string;
  let operator: RunningDaemon;
  before(async () => {
    scene = await openScene(startHardhat);
    ({ version } = await scene.publish());
    expect((await scene.as("operator", "operator", "register", "--bond", String((4n * BOND) / OPG))).code).to.equal(0);
    operator = await scene.daemon("operator");
  });
  after(() => scene.close());

  /** A daemon passes over all blocks so far, as if there were no events in them. */
  async function passOver({ context, store }: RunningDaemon): Promise<void> {
    const { number, hash } = await context.reader.head();
    await store.advance({ number, hash }, []);
  }
  const missed = () => scene.seen.filter(({ name }) => name === "chain.missed").length;
  const opened = (job: string) =>
    scene.seen.some(({ name, fields }) => name === "tx.confirmed" && (fields as { intent: string }).intent.startsWith(`open:${job}`));

  async function expectOpening(job: string): Promise<void> {
    const before = missed();
    for (let i = 0; i < 30 && !opened(job); i++) {
      await scene.round(operator);
      await scene.devnet.pass(1);
    }
    expect(opened(job), "opened").to.equal(true);
    expect(missed() - before).to.equal(1);
  }

  it("an operator answers a challenge of which it never read the event", async () => {
    const job = await scene.request(version);
    await scene.until(job, "Submitted", operator);
    await scene.round(operator);
    expect((await scene.as("watcher", "challenge", job, "--force")).code).to.equal(0);
    await passOver(operator);
    await expectOpening(job);
  });

  it("so does one that never read the event of its own submission either", async () => {
    const job = await scene.request(version);
    await operator.daemon.tick();
    await operator.daemon.idle();
    await operator.daemon.tick();
    expect((await scene.as("requester", "job", job)).json?.status).to.equal("Submitted");
    await operator.daemon.tick();
    const newest = (await operator.store.recentBlocks(1))[0].number;
    await operator.store.rewind(newest - 1);
    expect((await scene.as("watcher", "challenge", job, "--force")).code).to.equal(0);
    await passOver(operator);
    await expectOpening(job);
  });

  it("a watcher that passed over the event of its own challenge, again and again, sees it through all the same", async () => {
    const watcher = await scene.daemon("watcher");
    const job = await scene.request(version);
    await scene.until(job, "Submitted", operator);
    await scene.round(operator);
    const { job: struct } = foldJob(parseJobId(job), (await operator.store.jobEvents(job)).map(({ event }) => decodeJobEvent(event)))!;
    await watcher.store.recordVerdict(job, jobDigest(struct), { verdict: "mismatch", detail: "said for this test" });
    const told = (name: string, about: string) =>
      scene.seen.some((event) => event.who === "watcher" && event.name === name && JSON.stringify(event.fields).includes(about));
    const refused = () => told("tx.refused", `challenge:${job}`);
    await scene.devnet.pass(1);
    await watcher.daemon.tick();
    await watcher.daemon.idle();
    await watcher.daemon.tick();
    for (let i = 0; i < 30 && !refused(); i++) {
      await passOver(watcher);
      await watcher.daemon.tick();
      await watcher.daemon.idle();
      await scene.devnet.pass(1);
    }
    expect(refused(), "it challenges a second time, in vain").to.equal(true);
    // The opening is read, and what came before it is still unknown: the chain has to be read again from further back.
    for (let i = 0; i < 200 && !told("watch.matched", job); i++) {
      await scene.round(watcher, ...(told("dispute.opened", job) ? [] : [operator]));
      await scene.devnet.pass(1);
    }
    expect(told("watch.matched", job), "it looked at the trace that was opened").to.equal(true);
  });
});
