import { expect } from "chai";
import type { Hex } from "../../../core/hex.ts";
import type { JobEvent } from "../../../core/jobs/events.ts";
import { formatJobId, jobDigest } from "../../../core/jobs/job.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import { createDispatch } from "../../../oracle/roles/transactions.ts";
import { AnsweringScene, at, newId, occasionOf, requestedByRoots, VERSION } from "../../support/answeringScene.ts";

describe("dispatch", function () {
  this.timeout(60_000);
  let scene: AnsweringScene;
  before(async () => {
    scene = await AnsweringScene.open();
  });
  after(() => scene.close());
  const submitted = (): [bigint, JobEvent[]] => [newId(), [requestedByRoots()]];
  const call = () => ({ to: at("4"), data: "0x01" as Hex, value: 0n });

  it("tries a refused answer again for as long as it is due, and a refused routine transaction a few times", async () => {
    for (const [kind, tries] of [["reveal", 40], ["finalize", 3]] as const) {
      const [id, events] = submitted();
      const dispatch = createDispatch(scene.contextOf({}));
      let replans = 0;
      let last = 0;
      for (let now = 1_000; now < 1_400; now++) {
        await dispatch(kind, occasionOf(id, events, now), call);
        const intent = `${kind}:${formatJobId(id)}:${jobDigest(foldJob(id, events)!.job).slice(2, 18)}`;
        if ((await scene.store.outbox.get(intent))!.status !== "planned") continue;
        if (kind === "reveal" && last > 0) expect(now - last).to.be.at.most(11);
        [replans, last] = [replans + 1, now];
        await scene.store.outbox.refused(intent, "the node lags behind");
      }
      expect(replans - 1, kind).to.be.within(tries - 1, tries + 2);
    }
  });

  it("sends what a reorganisation undid as it was; where it stands it reads the chain again, and then does it anew", async () => {
    const [id, events] = submitted();
    const intent = `challenge:${formatJobId(id)}:${jobDigest(foldJob(id, events)!.job).slice(2, 18)}`;
    const attempt = { hash: VERSION, raw: "0x02", maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAt: 1 } as const;
    const confirm = async () => {
      await scene.store.outbox.sent(intent, 7, 21_000n, [attempt]);
      await scene.store.outbox.confirmed(intent, { hash: VERSION, block: 40, gasUsed: 1n }, attempt);
    };
    const left = async () => {
      const { status, nonce, attempts } = (await scene.store.outbox.get(intent))!;
      return { status, nonce, attempts: attempts.length };
    };
    for (const minedIn of [undefined, 40]) {
      const dispatch = createDispatch(scene.contextOf({}, { minedIn: () => Promise.resolve(minedIn) }));
      await dispatch("challenge", occasionOf(id, events), call);
      await confirm();
      await dispatch("challenge", occasionOf(id, events, 1_000, 39), call);
      expect((await left()).status, "its block has not been read").to.equal("confirmed");
      await dispatch("challenge", occasionOf(id, events, 1_000, 40), call);
      expect(await left(), "the same bytes again, or its block to be read again").to.deep.equal({ status: "sent", nonce: 7, attempts: 1 });
      await confirm();
      await dispatch("challenge", occasionOf(id, events, 1_000, 40), call);
      const expected = minedIn === undefined ? { status: "sent", nonce: 7, attempts: 1 } : { status: "planned", nonce: null, attempts: 0 };
      expect(await left()).to.deep.equal(expected);
    }
  });
});
