import { expect } from "chai";
import { connect, type OpgError, type EthersClient, type JobUpdate } from "../../../sdk/index.ts";
import { openAlphabet, WINDOW, type AlphabetScene } from "../../support/alphabetScene.ts";
import { by, follow, mined, OPG } from "../../support/protocol.ts";

/** What an update says, in a line; times are left out. */
const line = ({ stage, next, outputs, isFinal, isEnd }: JobUpdate): string =>
  [stage, ...(next === undefined ? [] : [`${next.action}${next.due ? " now" : ""}`]), ...(outputs === undefined ? [] : [String(outputs[0].data)]), ...(isFinal ? ["final"] : []), ...(isEnd ? ["end"] : [])].join(", ");

const C = "c".charCodeAt(0);

describe("waiting for a result", function () {
  let scene: AlphabetScene;
  let client: EthersClient;
  before(async () => {
    scene = await openAlphabet();
    client = await connect(await scene.signer(scene.requester.address), { deployment: scene.protocol.deployment });
  });
  after(() => scene.close());

  /** All updates of a job, while steps are taken one after the other: the next one whenever nothing new comes. */
  async function follows(id: bigint, ...steps: (() => Promise<unknown>)[]): Promise<JobUpdate[]> {
    const seen: JobUpdate[] = [];
    const updates = client.waitForResult(id, { pollMs: 5 });
    let left = steps;
    for (let coming = updates.next(); ; ) {
      const first = await Promise.race([coming, quiet(400)]);
      if (first === undefined) {
        const [step, ...rest] = left;
        if (step === undefined) {
          await updates.return();
          throw new Error(`nothing comes after ${seen.map(line).join(" | ")}`);
        }
        left = rest;
        await step();
        continue;
      }
      if (first.done === true) break;
      seen.push(first.value);
      coming = updates.next();
    }
    expect(left.length, "steps that were not needed").to.equal(0);
    return seen;
  }
  const quiet = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));

  it("tells requested, accepted, submitted with its time, that it is due, and final with the outputs", async () => {
    let job = await scene.request();
    const seen = await follows(
      job.id,
      async () => (job = await scene.accept(job)),
      async () => (job = await scene.submit(job)),
      () => scene.devnet.pass(WINDOW),
      () => client.finalize(job.id),
    );
    expect(seen.map(line)).to.deep.equal([
      "requested, refund",
      "accepted, refund",
      `submitted, finalize, ${C}`,
      `submitted, finalize now, ${C}`,
      `final, ${C}, final, end`,
    ]);
    const [requested, accepted, submitted, due, final] = seen;
    expect(requested.reason).to.match(/^waits for an operator, deadline in \d+ s$/);
    expect(accepted.reason).to.include(scene.operator.address.toLowerCase());
    expect(submitted.finalizesAt).to.equal(submitted.state.claim.time + WINDOW);
    expect(submitted.next).to.deep.equal({ action: "finalize", from: submitted.finalizesAt, due: false });
    expect(due.reason).to.equal("its window is over; anyone may finalize it");
    expect(final.outputs![0]).to.deep.include({ name: "output 0", dtype: "uint8", dims: [1] });
    expect(final.finalizesAt).to.equal(undefined);
  });

  it("tells the past of a job that has ended, in the same stages", async () => {
    const job = await scene.submit(await scene.accept(await scene.request()));
    await scene.devnet.pass(WINDOW);
    await client.settle(job.id);
    expect((await follows(job.id)).map(line)).to.deep.equal(["requested, refund", "accepted, refund", `submitted, finalize, ${C}`, `final, ${C}, final, end`]);
  });

  it("tells that a job was cancelled by its requester", async () => {
    const { id } = await scene.request();
    const seen = await follows(id, () => client.cancel(id));
    expect(seen.map(line)).to.deep.equal(["requested, refund", "cancelled, end"]);
    expect(seen[1].reason).to.equal("withdrawn by its requester, fee returned");
  });

  it("tells when anyone may refund a job that nobody served, and that it was", async () => {
    const { id } = await scene.request();
    const before = await client.balance();
    const seen = await follows(id, () => scene.devnet.pass(200), () => client.refund(id));
    expect(seen.map(line)).to.deep.equal(["requested, refund", "requested, refund now", "refunded, end"]);
    expect(await client.balance()).to.equal(before + OPG);
  });

  it("tells of a result whose callback failed, and of the one that got through later", async () => {
    const { protocol, terms, bytes, devnet } = scene;
    const consumer = await devnet.connection.ethers.deployContract("MockConsumer");
    const { jobs } = protocol;
    await mined(by(jobs, scene.requester).deposit(await consumer.getAddress(), OPG));
    const data = jobs.interface.encodeFunctionData("request", [await terms(100_000n), bytes("a")]);
    let job = follow(protocol, await mined(consumer.act(await jobs.getAddress(), data)));
    await mined(consumer.setMood(1));
    job = await scene.submit(job);
    const seen = await follows(job.id, () => devnet.pass(WINDOW), () => client.finalize(job.id));
    expect(seen.map(line).slice(1)).to.deep.equal([`submitted, finalize, ${C}`, `submitted, finalize now, ${C}`, `undelivered, retryCallback now, ${C}, final, end`]);
    expect(seen.at(-1)!.reason).to.match(/callback failed; anyone may retry it$/);
    const refused = (await client.retryCallback(job.id).catch((error: unknown) => error)) as OpgError;
    expect(refused.code).to.equal("CallbackFailed");
    await mined(consumer.setMood(0));
    await client.retryCallback(job.id);
    expect((await follows(job.id)).map(line).slice(-2)).to.deep.equal([`undelivered, retryCallback, ${C}, final`, `final, ${C}, final, end`]);
    expect(await consumer.lastOutput()).to.equal(bytes("c"));
  });

  it("tells the whole of a dispute that ends without a conviction", async () => {
    const { game } = scene.protocol;
    let job = await scene.request();
    const seen = await follows(
      job.id,
      async () => (job = await scene.submit(job)),
      () => scene.challenge(job),
      () => scene.open(job),
      () => scene.demand(job, 1),
      () => scene.reveal(job, 1, "abc"),
      async () => scene.devnet.pass(Number(await game.maxDuration()) + 2 * WINDOW),
      () => client.settle(job.id),
      () => client.settle(job.id),
    );
    expect(seen.map(line)).to.deep.equal([
      "requested, refund",
      `submitted, finalize, ${C}`,
      `challenged, timeout, ${C}`,
      `challenged, resolve, ${C}`,
      `challenged, silence, ${C}`,
      `challenged, resolve, ${C}`,
      `challenged, resolve now, ${C}`,
      `upheld, finalize now, ${C}`,
      `final, ${C}, final, end`,
    ]);
    expect(seen[2].reason).to.match(/^the operator must open by /);
    expect(seen[4].reason).to.match(/^opened; 1 demanded parts must be revealed by /);
  });

  it("tells that an operator was convicted for its silence, and what can be collected", async () => {
    const opened = await scene.submit(await scene.request());
    await scene.challenge(opened);
    await scene.open(opened);
    await scene.demand(opened, 2);
    const { game } = scene.protocol;
    const seen = await follows(opened.id, async () => scene.devnet.pass(Number(await game.revealPeriod()) + 1), () => client.settle(opened.id));
    expect(seen.map(line).slice(-2)).to.deep.equal([`challenged, silence now, ${C}`, `convicted, collect now, ${C}, end`]);
    expect(seen.at(-1)!.reason).to.equal("the operator did not answer a demand in time and was slashed, fee returned");

    const closed = await scene.submit(await scene.request());
    await scene.challenge(closed);
    await scene.devnet.pass(Number(await game.openPeriod()) + 1);
    await client.take(closed.id, "timeout");
    expect((await client.job(closed.id)).reason).to.equal("the operator did not open in time and was slashed, fee returned");
    const list = await client.disputes();
    expect(list.slice(-2).map(({ job, challengers }) => [job, challengers])).to.deep.equal([opened, closed].map(({ id }) => [id, [scene.challenger.address.toLowerCase()]]));
    expect(await client.disputes(list.at(-1)!.block)).to.deep.equal(list.slice(-1));
  });

  it("goes on from what still holds when the chain takes a block back", async () => {
    const job = await scene.request();
    const { provider } = scene.devnet.connection;
    const mark = await provider.request({ method: "evm_snapshot" });
    await scene.submit(job, "d");
    const seen = await follows(
      job.id,
      async () => {
        await provider.request({ method: "evm_revert", params: [mark] });
        await scene.accept(job);
      },
      () => scene.devnet.pass(200),
      () => client.refund(job.id),
    );
    expect(seen.map(line)).to.deep.equal(["requested, refund", "submitted, finalize, 100", "accepted, refund", "accepted, refund now", "refunded, end"]);
  });

  it("ends when it is told to, and says of a job that there is none", async () => {
    const { id } = await scene.request();
    const controller = new AbortController();
    const updates = client.waitForResult(id, { signal: controller.signal, pollMs: 60_000 });
    expect((await updates.next()).value?.stage).to.equal("requested");
    const pending = updates.next();
    controller.abort(new Error("enough"));
    expect(String(await pending.catch((error: unknown) => error))).to.equal("Error: enough");
    const none = (await client.job(id + 1n).catch((error: unknown) => error)) as OpgError;
    expect([none.code, none.remedy]).to.deep.equal(["JOB", "check the id, the network and the deployment"]);
  });
});
