import { expect } from "chai";
import { keccak256 } from "ethers";
import { createCalls } from "../../../oracle/chain/calls.ts";
import { gameInterface } from "../../../oracle/chain/contracts.ts";
import type { Hex } from "../../../core/hex.ts";
import type { JobEvent } from "../../../core/jobs/events.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import type { Call, ChainReader, Deployment, Store } from "../../../oracle/ports.ts";
import type { Context, Occasion } from "../../../oracle/roles/context.ts";
import { createTasks } from "../../../oracle/roles/tasks.ts";
import { createDispatch } from "../../../oracle/roles/transactions.ts";
import { createWatcher } from "../../../oracle/roles/watcher.ts";
import { emptyStore } from "../../support/stores.ts";

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
const [ME, OTHER] = [at("a"), at("b")];
const deployment: Deployment = { chainId: 31337, startBlock: 1, opg: at("1"), models: at("2"), stakes: at("3"), jobs: at("4"), game: at("5"), verifier: at("6") };
const TRACE_ROOT: Hex = `0x${"77".repeat(32)}`;
const SALT: Hex = `0x${"5a".repeat(32)}`;
const LATER = keccak256(SALT) as Hex;
const DEADLINE = 9_000;
const PROOF = Uint8Array.of(1, 2, 3);
const PIECES = [1, 2].map((until) => ({ until, proof: Uint8Array.of(until) }));

/** A watcher with an accusation on record, and the little of a chain that it asks. */
const LIMITS = { answerInputBytes: 1 << 20, judgeInputBytes: 1 << 20, tensorBytes: 1 << 20, sampleElements: 4 };

describe("a watcher and its reward", () => {
  let store: Store;
  beforeEach(async () => {
    store = await emptyStore();
  });
  afterEach(() => store.close());
  const calls = createCalls(deployment);
  const JOB = (BigInt(OTHER) << 64n) | 1n;

  async function open(pieces: typeof PIECES) {
    const events: JobEvent[] = [
      { type: "JobRequested", version: `0x${"12".repeat(32)}`, terms: 0n, claim: 0n, input: "0x00" },
      { type: "JobSubmitted", operator: OTHER, claim: BigInt(OTHER) << 96n, output: "0x01" },
      { type: "JobChallenged", operator: OTHER },
      { type: "Challenged", challenger: ME, openBy: 1_500, deadline: DEADLINE },
      { type: "Opened", operator: OTHER, traceRoot: TRACE_ROOT, shown: "0x", uri: "" },
    ];
    await store.recordAccusation(formatJobId(JOB), TRACE_ROOT, { node: 0, element: "0", pieces, proof: PROOF, salt: SALT });
    const commitments = new Map<Hex, number>();
    /** Salts whose conviction the chain would let through. */
    const accepted = new Set<Hex>();
    const saltOf = ({ data }: Call): Hex => gameInterface.decodeFunctionData("convict", data)[2] as Hex;
    const reader = {
      deployment,
      committedAt: (commitment: Hex) => Promise.resolve(commitments.get(commitment) ?? 0),
      minedIn: () => Promise.resolve(1),
      simulate: (call: Call) => Promise.resolve(accepted.has(saltOf(call)) ? { ok: true, result: "0x" } : { ok: false, error: "NoPriority" }),
    } as unknown as ChainReader;
    const context = { address: ME, store, reader, calls, telemetry: { emit: () => undefined }, clock: { now: () => 0, sleep: () => Promise.resolve() } } as unknown as Context;
    const watcher = createWatcher(context, createDispatch(context), createTasks(context, LIMITS), { versions: "all", hiddenInputAfter: 1, hiddenInputBudget: 0n, doubtBudget: 0n });
    let block = 1;

    /** What was planned since, mined at `now`. */
    const mine = async (now: number): Promise<string[]> => {
      const sent: string[] = [];
      for (const { intent, kind, data } of await store.outbox.open(10)) {
        const args = gameInterface.parseTransaction({ data })!.args.toArray();
        if (kind === "commit") commitments.set(args[0] as Hex, now);
        if (kind === "advance") events.push({ type: "Advanced", challenger: ME, until: Number(args[1]) });
        const name = new Map<unknown, string>([[SALT, " earliest"], [LATER, " latest"]]).get(args[2]);
        sent.push(kind === "convict" || kind === "takeover" ? `${kind}${name}` : kind);
        await store.outbox.confirmed(intent, { hash: `0x${"99".repeat(32)}`, block: ++block, gasUsed: 1n });
      }
      return sent;
    };
    const occasion = (now: number): Occasion => ({ id: formatJobId(JOB), state: foldJob(JOB, events)!, events: [], now, block: 0 });
    return { watcher, occasion, mine, commitments, accepted };
  }

  const commitmentOf = (salt: Hex) => calls.commitmentOf(JOB, ME, PROOF, salt);

  it("commits, and convicts in the next second and no sooner", async () => {
    const { watcher, occasion, mine, commitments } = await open([]);
    await watcher.prosecute(occasion(1_000));
    expect(await mine(1_000)).to.deep.equal(["commit"]);
    expect([...commitments.keys()]).to.deep.equal([commitmentOf(SALT)]);
    // A block of the same second, as some chains have them: a commitment of the conviction's own second counts for nothing.
    expect(await watcher.prosecute(occasion(1_000))).to.equal(1_001);
    expect(await mine(1_000)).to.deep.equal([]);
    await watcher.prosecute(occasion(1_001));
    expect(await mine(1_001)).to.deep.equal(["convict earliest"]);
  });

  it("commits before the first piece and again before the conclusion, which it convicts by", async () => {
    const { watcher, occasion, mine, commitments } = await open(PIECES);
    const sent: string[] = [];
    for (let now = 1_000; now < 1_012; now++) {
      await watcher.prosecute(occasion(now));
      sent.push(...(await mine(now)));
      if (sent.at(-1)?.startsWith("convict") === true) break;
    }
    expect(sent).to.deep.equal(["commit", "advance", "advance", "commit", "convict latest"]);
    expect([...commitments.keys()]).to.deep.equal([commitmentOf(SALT), commitmentOf(LATER)]);
  });

  it("convicts without a commitment where there is no time for one, and by what it has", async () => {
    const hurried = await open([]);
    await hurried.watcher.prosecute(hurried.occasion(DEADLINE - 10));
    expect(await hurried.mine(DEADLINE - 10)).to.deep.equal(["convict earliest"]);
  });

  it("takes over whichever half one of its commitments has the better claim to, one after the other", async () => {
    const { watcher, occasion, mine, commitments, accepted } = await open([]);
    // It never committed: there is nothing to claim.
    expect(await watcher.takeover(occasion(2_000))).to.equal(undefined);
    expect(await mine(2_000)).to.deep.equal([]);
    commitments.set(commitmentOf(SALT), 1_500);
    expect(await watcher.takeover(occasion(2_000))).to.equal(undefined);
    expect(await mine(2_000)).to.deep.equal([]);
    accepted.add(SALT);
    await watcher.takeover(occasion(2_001));
    expect(await mine(2_001)).to.deep.equal(["takeover earliest"]);
  });

  it("claims both halves by its two commitments, where pieces showed the proof before", async () => {
    const { watcher, occasion, mine, commitments, accepted } = await open(PIECES);
    commitments.set(commitmentOf(SALT), 1_500).set(commitmentOf(LATER), 1_900);
    accepted.add(SALT).add(LATER);
    const sent: string[] = [];
    for (let now = 2_000; now < 2_004; now++) {
      await watcher.takeover(occasion(now));
      const mined = await mine(now);
      if (mined.includes("takeover earliest")) accepted.delete(SALT);
      if (mined.includes("takeover latest")) accepted.delete(LATER);
      sent.push(...mined);
    }
    expect(sent).to.deep.equal(["advance", "advance", "takeover earliest", "takeover latest"]);
    expect(await watcher.takeover(occasion(2_010))).to.equal(undefined);
  });
});
