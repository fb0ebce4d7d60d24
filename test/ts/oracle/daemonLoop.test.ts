import { expect } from "chai";
import { encodeJobEvent, type JobEvent } from "../../../core/jobs/events.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import type { Step } from "../../../core/jobs/lifecycle.ts";
import type { StoredEvent } from "../../../oracle/ports.ts";
import type { StepHandler } from "../../../oracle/roles/context.ts";
import { createDaemon } from "../../../oracle/roles/daemon.ts";
import { AnsweringScene, createShelf, leaves, ME, requestedByRoots, VERSION } from "../../support/answeringScene.ts";
import { emptyStore } from "../../support/stores.ts";

describe("the loop of a daemon", function () {
  this.timeout(60_000);
  let scene: AnsweringScene;
  before(async () => {
    scene = await AnsweringScene.open();
  });
  after(() => scene.close());

  const stored = (id: bigint, block: number, events: readonly JobEvent[], disputed = false): StoredEvent[] =>
    events.map((event, i) => ({ block, logIndex: 1_000 * i + Number(id & 0xffffn), job: formatJobId(id), event: encodeJobEvent(event), disputed }));

  it("answers a demand while every place for jobs is taken, and takes the others in the order in which they came", async () => {
    const fresh = await emptyStore();
    try {
      const requests: StoredEvent[] = [];
      for (let i = 0n; i < 20n; i++) requests.push(...stored((1n << 64n) | (99n - i), 100 + Number(i), [requestedByRoots()]));
      const { events } = await scene.opened(createShelf());
      const disputedId = (0xfn << 150n) | 5n;
      await fresh.advance({ number: 150, hash: VERSION }, requests);
      const dispute = stored(disputedId, 151, [...events, scene.demanded(leaves(0, 1), 9_000)], true);
      await fresh.advance({ number: 151, hash: VERSION }, dispute);

      let finish = () => {};
      const gate = new Promise<void>((resolve) => (finish = resolve));
      const served: string[] = [];
      let revealed = 0;
      const handler = (step: Step): StepHandler => async ({ id, now }) => {
        if (step === "serve") {
          served.push(id);
          await gate;
        }
        if (step === "reveal" && ++revealed === 1) throw new Error("the disk hiccups");
        return now + 3_600;
      };
      const steps = ["serve", "open", "judge", "prosecute", "reveal", "timeout", "silence", "resolve", "finalize", "refund", "reclaim", "collect", "takeover"] as const;
      const handlers = Object.fromEntries(steps.map((step) => [step, handler(step)])) as Record<Step, StepHandler>;
      let next = 1_000;
      const head = () => Promise.resolve({ number: 151, hash: VERSION, timestamp: next - 1, next });
      const daemon = createDaemon(scene.contextOf({ store: fresh }), { poll: head }, { address: ME, pump: () => Promise.resolve() }, handlers, {
        party: { address: ME, operator: true, watcher: false, keeper: false },
        pollMs: 10,
        confirmations: 0,
        concurrency: 4,
        keepBlocks: 1_000,
      });
      const ready = async (until: () => boolean) => {
        for (let i = 0; i < 400 && !until(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await daemon.tick();
      await ready(() => revealed === 1 && served.length === 4);
      expect(served).to.deep.equal([99n, 98n, 97n, 96n].map((nonce) => formatJobId((1n << 64n) | nonce)));
      expect(revealed, "although all four places are taken").to.equal(1);

      // What failed is tried again at once, not when the clock has run out.
      await ready(() => false);
      next += 5;
      await daemon.tick();
      await ready(() => revealed === 2);
      expect(revealed).to.equal(2);
      finish();
      await daemon.idle();
    } finally {
      await fresh.close();
    }
  });
});
