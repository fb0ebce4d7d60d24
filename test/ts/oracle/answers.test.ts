import { expect } from "chai";
import { getBytes } from "ethers";
import { commitTrace } from "../../../core/dispute/evidence.ts";
import { decodeReveal, placeName } from "../../../core/dispute/places.ts";
import type { Hex } from "../../../core/hex.ts";
import type { JobEvent } from "../../../core/jobs/events.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import { tensorRoot } from "../../../core/merkle/tensorTree.ts";
import { gameInterface, jobsInterface } from "../../../oracle/chain/contracts.ts";
import type { HostedVersion } from "../../../oracle/host/versions.ts";
import type { GameTerms, OutboxEntry } from "../../../oracle/ports.ts";
import { createInvestigations } from "../../../oracle/roles/investigation.ts";
import { suspectOf } from "../../../oracle/roles/suspect.ts";
import {
  AnsweringScene, createShelf, DEPTH, ELEMENTS, hosting, input, LEAVES, leaves, ME, newId, occasionOf, OPG, operatorOf, OTHER,
  requestedByRoots, submittedByRoots, terms,
} from "../../support/answeringScene.ts";

describe("answers in time", function () {
  this.timeout(60_000);
  let scene: AnsweringScene;
  before(async () => {
    scene = await AnsweringScene.open();
  });
  after(() => scene.close());

  const shownBy = (entries: readonly OutboxEntry[]) =>
    entries.flatMap(({ data }) =>
      decodeReveal(String(gameInterface.decodeFunctionData("reveal", data)[1])).flatMap((shown) => shown.leaves!.leaves),
    );

  it("declines a job whose callback would cost more gas than it agreed to", async () => {
    const context = scene.contextOf({});
    const id = newId();
    const asked = (gas: bigint): JobEvent => ({ ...requestedByRoots(), terms: terms | (gas << 40n) }) as JobEvent;
    expect(foldJob(id, [asked(200_000n)])!.terms.callbackGas).to.equal(200_000);
    expect(await operatorOf(context).serve(occasionOf(id, [asked(200_000n)]))).to.equal(undefined);
    expect(await scene.planned(id, "submit")).to.have.length(0);
    // Within its limit, it goes on to the next question.
    const within = operatorOf(context).serve(occasionOf(id, [asked(100_000n)]));
    await within.then(
      () => expect.fail("a reader without an account was not asked"),
      (error: unknown) => expect(String(error)).to.match(/transactionCount/),
    );
  });

  it("asks an operator that drips its tensors no longer than a reveal period", async () => {
    const { id, events } = await scene.opened(createShelf());
    const hosted = await scene.host();
    const trees = commitTrace(scene.compiled.program, await hosted.trace(input));
    let now = 0;
    let asked = 0;
    const drips = (length: number) => {
      now += 40_000;
      asked++;
      return Promise.resolve(trees[asked % 2].data.subarray(0, length));
    };
    const shelf = createShelf();
    await shelf.putInput(formatJobId(id), input);
    const context = scene.contextOf(
      {
        shelf,
        clock: { now: () => now, sleep: () => Promise.resolve() },
        files: { published: () => expect.fail(), download: (_uri, length) => drips(length) },
        versions: hosting(hosted),
      },
      { gameTerms: () => Promise.resolve({ maxOpenDemands: 64, revealPeriod: 60 } as GameTerms) },
    );
    const limits = { maxInputBytes: 1 << 20, maxTensorBytes: 1 << 20 };
    expect(await createInvestigations(context, limits)(occasionOf(id, events))).to.deep.equal({ kind: "honest" });
    const { served } = await suspectOf(context, foldJob(id, events)!, hosted, input, limits.maxTensorBytes);
    await served.fetch([1]);
    expect(served.withheld.size).to.equal(0);
    await served.fetch([1]);
    await served.fetch([1]);
    expect(asked).to.equal(2);
    expect(served.withheld.get(1)).to.match(/took a reveal period/);
  });

  it("keeps an input by roots that its requester takes from the net, and opens without it", async () => {
    const shelf = createShelf();
    const id = newId();
    const events = [requestedByRoots()];
    const hosted = await scene.host();
    const versions = hosting(hosted);
    const files = { published: () => expect.fail(), download: () => Promise.resolve(input) };
    const reader = {
      bond: () => Promise.resolve({ bonded: 0n, exiting: 0n, exitAt: 0, locked: 0n, free: 1_000n * OPG }),
      nativeBalance: () => Promise.resolve(OPG),
      gasPrice: () => Promise.resolve(1n),
      transactionCount: () => Promise.resolve(0),
      maxOutputBytes: () => Promise.resolve(1 << 20),
      gameTerms: () => Promise.resolve({ openPeriod: 600, revealPeriod: 60 } as GameTerms),
    };
    await operatorOf(scene.contextOf({ shelf, versions, files }, reader)).serve(occasionOf(id, events));
    const [submit] = await scene.planned(id, "submit");
    expect(submit.urgent).to.equal(false);

    const values = await hosted.run(input);
    expect(shelf.outputs.get(formatJobId(id)), "what is behind the roots is there to be served").to.deep.equal(values);
    const submitted = submittedByRoots(scene.compiled, values);
    const { name, args } = jobsInterface.parseTransaction(submit)!;
    expect([name, ...args.slice(1)]).to.deep.equal(["submitByRoots", [tensorRoot(scene.compiled.program.nodes[0].output, values)], `http://me/jobs/${formatJobId(id)}/output`]);
    events.push(
      submitted,
      { type: "JobChallenged", operator: ME },
      { type: "Challenged", challenger: OTHER, openBy: 1_500, deadline: 2_100 },
    );
    await operatorOf(scene.contextOf({ shelf, versions })).open(occasionOf(id, events));
    expect(await scene.planned(id, "open")).to.have.length(1);
    expect((await shelf.tensors(formatJobId(id), 2))?.map(({ length }) => length)).to.deep.equal([4 * ELEMENTS, 4 * ELEMENTS]);
  });

  it("refuses a kept input that is another request's", async () => {
    const shelf = createShelf();
    const id = newId();
    await shelf.putInput(formatJobId(id), input.map((byte) => byte ^ 1));
    const hosted = await scene.host();
    const versions = hosting(hosted);
    const { events } = await scene.opened(createShelf());
    const failure = await operatorOf(scene.contextOf({ shelf, versions })).open(occasionOf(id, events.slice(0, 4))).catch((error: unknown) => error);
    expect(failure).to.include({ kind: "transient", code: "INPUT_UNAVAILABLE" });
  });

  it("answers 64 demands after a restart, without the input, from a host that cannot run the version any more", async () => {
    const shelf = createShelf();
    const { id, events } = await scene.opened(shelf);
    const hosted = await scene.host(false);
    const versions = hosting(hosted);
    await operatorOf(scene.contextOf({ shelf, versions })).reveal(occasionOf(id, [...events, scene.demanded(leaves(0, 64), 1_060)]));
    const entries = await scene.planned(id, "reveal");
    expect(entries).to.have.length(2);
    expect(entries.every(({ urgent }) => urgent)).to.equal(true);
    expect(entries.every(({ data }) => getBytes(data).length < 131_072 - 1_024), "fits a transaction").to.equal(true);
    expect(shownBy(entries).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 64 }, (_, i) => i));
  });

  it("recomputes a trace that the disk lost, and says so when the host no longer reproduces it", async () => {
    const { id, events } = await scene.opened(createShelf());
    const shelf = createShelf();
    await shelf.putInput(formatJobId(id), input);
    const hosted = await scene.host();
    const occasion = occasionOf(id, [...events, scene.demanded(leaves(3, 5), 1_060)]);
    const of = (trace: HostedVersion["trace"]) =>
      operatorOf(scene.contextOf({ shelf, versions: hosting({ ...hosted, trace }) }));
    const other = await of(async (bytes) => (await hosted.trace(bytes)).map((tensor, i) => (i === 1 ? tensor.map(() => 0) : tensor)))
      .reveal(occasion)
      .catch((error: unknown) => error);
    expect(other).to.include({ code: "TRACE_LOST" });
    await of((bytes) => hosted.trace(bytes)).reveal(occasion);
    expect(shownBy(await scene.planned(id, "reveal"))).to.deep.equal([3, 4]);
  });

  it("reveals every place once, although new demands come while the answers are under way", async () => {
    const shelf = createShelf();
    const { id, events } = await scene.opened(shelf);
    const hosted = await scene.host();
    const operator = operatorOf(scene.contextOf({ shelf, versions: hosting(hosted) }));
    const first = scene.demanded(leaves(0, 40), 1_060);
    const second = scene.demanded(leaves(40, 50), 1_062);
    await operator.reveal(occasionOf(id, [...events, first]));
    await operator.reveal(occasionOf(id, [...events, first, second]));
    const items = leaves(0, 32).map((place) => placeName(place, DEPTH) as Hex);
    const answered: JobEvent = { type: "Revealed", items, shown: `0x${"00".repeat(32)}` };
    await operator.reveal(occasionOf(id, [...events, first, second, answered]));
    const shown = shownBy(await scene.planned(id, "reveal"));
    expect(shown.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
    expect(LEAVES).to.be.greaterThan(50);
  });
});
