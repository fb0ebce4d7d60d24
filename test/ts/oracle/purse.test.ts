import { expect } from "chai";
import { tokenInterface, gameInterface } from "../../../oracle/chain/contracts.ts";
import type { Hex } from "../../../core/hex.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import { formatJobId, jobDigest } from "../../../core/jobs/job.ts";
import type { ChainReader, GameTerms, Store } from "../../../oracle/ports.ts";
import type { Context, Occasion } from "../../../oracle/roles/context.ts";
import { createPurse } from "../../../oracle/roles/purse.ts";
import { createDispatch } from "../../../oracle/roles/transactions.ts";
import { createTasks } from "../../../oracle/roles/tasks.ts";
import { createWatcher } from "../../../oracle/roles/watcher.ts";
import {
  AnsweringScene, at, calls, claimOf, deployment, LIMITS, ME, newId, occasionOf, OPG, OTHER, requestedByRoots,
} from "../../support/answeringScene.ts";
import { emptyStore } from "../../support/stores.ts";

const FEE = 25n * OPG;

describe("a watcher's purse", () => {
  let store: Store;
  const unfunded: string[] = [];
  beforeEach(async () => {
    store = await emptyStore();
    unfunded.length = 0;
  });
  afterEach(() => store.close());

  /** A token and a ledger that mine what the outbox planned, in its order, and refuse what is not covered. */
  function chain(wallet: bigint, ledger: bigint) {
    const state = { wallet, ledger, allowance: 0n, deposits: 0, refused: 0 };
    const reader = {
      deployment,
      tokenBalance: () => Promise.resolve(state.wallet),
      ledgerBalance: () => Promise.resolve(state.ledger),
      allowance: () => Promise.resolve(state.allowance),
      minedIn: () => Promise.resolve(undefined),
    } as unknown as ChainReader;
    const apply = (kind: string, data: Hex): boolean => {
      if (kind === "approve") state.allowance = tokenInterface.decodeFunctionData("approve", data)[1] as bigint;
      else if (kind === "deposit") {
        const amount = gameInterface.decodeFunctionData("deposit", data)[1] as bigint;
        if (amount > state.allowance || amount > state.wallet) return false;
        [state.wallet, state.allowance, state.ledger] = [state.wallet - amount, state.allowance - amount, state.ledger + amount];
        state.deposits++;
      } else {
        if (state.ledger < FEE) return false;
        state.ledger -= FEE;
      }
      return true;
    };
    const mine = async (block: number) => {
      for (const { intent, kind, data } of await store.outbox.open(100)) {
        if (apply(kind, data)) await store.outbox.confirmed(intent, { hash: `0x${"77".repeat(32)}`, block, gasUsed: 1n });
        else {
          state.refused++;
          await store.outbox.refused(intent, "BalanceTooLow");
        }
      }
    };
    return { state, reader, mine };
  }

  const jobAt = (nonce: bigint, now: number): Occasion => {
    const id = (BigInt(at("b")) << 64n) | nonce;
    const requested = { type: "JobRequested", version: `0x${"12".repeat(32)}`, terms: OPG << 160n, claim: 0n, input: "0x00" } as const;
    return { id: formatJobId(id), state: foldJob(id, [requested])!, events: [], now, block: now - 1 };
  };

  /** Rounds of a watcher that wants to challenge `count` jobs at once. Returns how many it has not challenged. */
  async function play({ reader, mine }: ReturnType<typeof chain>, count: number, rounds: number) {
    const telemetry: Context["telemetry"] = { emit: (name) => void (name === "watch.unfunded" && unfunded.push(name)) };
    const context = { address: ME, store, reader, calls, telemetry };
    const purse = createPurse(context, createDispatch(context));
    const due = new Map(Array.from({ length: count }, (_, i) => [BigInt(i), 0 as number]));
    let now = 1_000;
    for (let round = 0; round < rounds && due.size > 0; round++, now++) {
      await Promise.all(
        [...due].map(async ([nonce, dueAt]) => {
          if (now < dueAt) return;
          const occasion = jobAt(nonce, now);
          due.set(nonce, (await purse.spend("challenge", occasion, FEE, () => calls.challenge(occasion.state.job))) ?? Infinity);
        }),
      );
      const planned = (await store.outbox.open(100)).filter(({ kind }) => kind === "challenge").map(({ job }) => job);
      await mine(now);
      for (const nonce of [...due.keys()]) if (planned.includes(jobAt(nonce, 0).id)) due.delete(nonce);
    }
    return due.size;
  }

  it("pays ten challenges at once without one refusal, and pays in what they cost", async () => {
    const scene = chain(1_000n * OPG, 30n * OPG);
    expect(await play(scene, 10, 20), "left over").to.equal(0);
    expect(scene.state).to.include({ refused: 0, ledger: 0n, wallet: 780n * OPG });
    expect(scene.state.deposits).to.be.at.most(2);
    expect(unfunded).to.have.lengthOf(0);
  });

  it("pays for as many as the wallet covers, and says so about the others", async () => {
    const scene = chain(80n * OPG, 0n);
    expect(await play(scene, 5, 60), "left over").to.equal(2);
    expect(scene.state).to.include({ refused: 0, ledger: 0n, wallet: 5n * OPG });
    expect(unfunded).to.not.have.lengthOf(0);
  });
});

describe("a watcher without means", function () {
  this.timeout(60_000);
  let scene: AnsweringScene;
  before(async () => {
    scene = await AnsweringScene.open();
  });
  after(() => scene.close());

  it("says what is missing, and pays in no more than that", async () => {
    const [id, events] = [newId(), [requestedByRoots()]];
    events.push({ type: "JobSubmitted", operator: OTHER, claim: claimOf(OTHER, 900), output: "0x01" });
    const occasion = occasionOf(id, events);
    await scene.store.recordVerdict(occasion.id, jobDigest(occasion.state.job), { verdict: "mismatch", detail: "" });
    let wallet = 2n * OPG;
    const context = scene.contextOf({}, {
      gameTerms: () => Promise.resolve({ challengeFee: 9n * OPG, challengeFeeBps: 100n } as GameTerms),
      ledgerBalance: () => Promise.resolve(7n * OPG),
      tokenBalance: () => Promise.resolve(wallet),
      allowance: () => Promise.resolve(5n * OPG),
    });
    const watcher = createWatcher(context, createDispatch(context), createTasks(context, LIMITS), {
      versions: "all",
      hiddenInputAfter: 1,
      hiddenInputBudget: 0n,
      doubtBudget: 0n,
    });
    expect(await watcher.judge(occasion)).to.equal(1_015);
    expect(scene.told.at(-1)).to.deep.equal({ name: "watch.unfunded", fields: { job: occasion.id, missing: "1.0" } });
    wallet = 3n * OPG;
    expect(await watcher.judge(occasion)).to.equal(1_001);
    const [deposit] = await scene.planned(id, "deposit");
    expect(deposit.data).to.equal(calls.deposit(deployment.game, ME, 3n * OPG).data);
    expect(deposit.urgent).to.equal(true);
  });
});
