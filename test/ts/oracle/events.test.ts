import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { EVENT_NAMES, LEVELS } from "../../../core/events.ts";
import type { Hex } from "../../../core/hex.ts";
import { encodeJobEvent, jobEventSchema, type JobEvent } from "../../../core/jobs/events.ts";
import type { Party } from "../../../core/jobs/lifecycle.ts";
import { tell } from "../../../core/jobs/telling.ts";
import type { StoredEvent } from "../../../oracle/ports.ts";
import { narrated } from "../../../oracle/telemetry/narration.ts";
import { emptyStore } from "../../support/stores.ts";

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;
const [ME, OTHER] = [at("a"), at("b")];
const HASH: Hex = `0x${"12".repeat(32)}`;
const OPG = 10n ** 18n;
const party: Party = { address: ME, operator: true, watcher: true, keeper: true };
const ORACLE = join(import.meta.dirname, "..", "..", "..", "oracle");

/** One event of every type, about somebody. */
const about = (who: Hex): readonly JobEvent[] => [
  { type: "JobRequested", version: HASH, terms: 1n, claim: 0n, input: "0x01" },
  { type: "JobRequestedByRoots", version: HASH, terms: 1n, claim: 0n, roots: [HASH], uri: "http://x" },
  { type: "JobAccepted", operator: who, claim: 1n },
  { type: "JobSubmitted", operator: who, claim: 1n, output: "0x02" },
  { type: "JobSubmittedByRoots", operator: who, claim: 1n, roots: [HASH], uri: "http://x" },
  { type: "JobChallenged", operator: who },
  { type: "JobUpheld", operator: who },
  { type: "JobConvicted", operator: who, slashed: 500n * OPG },
  { type: "JobFinalized", operator: who, delivered: true },
  { type: "CallbackDelivered" },
  { type: "JobCancelled" },
  { type: "JobRefunded" },
  { type: "Challenged", challenger: who, openBy: 1, deadline: 2 },
  { type: "Opened", operator: who, traceRoot: HASH, shown: "0x", uri: "http://x" },
  { type: "Demanded", demander: who, items: [HASH, HASH], revealBy: 3, wanted: "0x" },
  { type: "Revealed", items: [HASH], shown: "0x" },
  { type: "Advanced", challenger: who, until: 4 },
  { type: "ConvictedByProof", challenger: who, reward: 200n * OPG, collectableAt: 5 },
  { type: "ConvictedByDefault", challenger: who, reward: 200n * OPG, collectableAt: 5 },
  { type: "RewardTakenOver", from: OTHER, to: who, part: "earlier" },
  { type: "RewardCollected", beneficiary: who, amount: OPG / 2n },
  { type: "FeeReclaimed", challenger: who, amount: 1n },
  { type: "Resolved", operator: who, fees: 1n },
];
const toldOf = (who: Hex) => about(who).flatMap((event) => tell("0x1", event, party));

describe("what the daemon tells of itself", () => {
  it("every name of the list is told somewhere: from the chain, or by a role", () => {
    expect(about(ME).map(({ type }) => type)).to.deep.equal(jobEventSchema.options.map(({ shape }) => shape.type.value));
    const fromChain = new Set<string>(toldOf(ME).map(([name]) => name));
    const source = globSync("**/*.ts", { cwd: ORACLE }).map((file) => readFileSync(join(ORACLE, file), "utf8")).join("\n");
    const byRoles = new Set([...source.matchAll(/\bemit\(\s*"([a-z.-]+)"/g)].map(([, name]) => name));
    expect(EVENT_NAMES.filter((name) => !fromChain.has(name) && !byRoles.has(name))).to.deep.equal([]);
    expect([...fromChain].filter((name) => byRoles.has(name)), "no fact is told from two places").to.deep.equal([]);
    expect(EVENT_NAMES).to.have.length.greaterThan(30);
  });

  it("of results, fees and rewards it tells its own; of disputes, all", () => {
    const others = new Set(toldOf(OTHER).map(([name]) => name));
    const own = toldOf(ME).map(([name]) => name).filter((name) => !others.has(name));
    expect(own).to.deep.equal(["job.submitted", "job.submitted", "job.challenged", "job.convicted", "job.finalized", "watch.convicted", "watch.convicted", "watch.earned"]);
    expect([...others]).to.include.members(["dispute.challenged", "dispute.opened", "dispute.demanded", "dispute.revealed", "dispute.resolved"]);
  });

  it("says what was earned in OPG, and shows what a watcher is paid for without asking for more detail", () => {
    expect(toldOf(ME).find(([name]) => name === "watch.earned")?.[1]).to.deep.equal({ job: "0x1", amount: "0.5" });
    expect(toldOf(ME).find(([name]) => name === "watch.convicted")?.[1]).to.deep.equal({ job: "0x1", by: "proof", reward: "200.0" });
    expect([LEVELS["watch.matched"], LEVELS["watch.convicted"], LEVELS["watch.earned"]]).to.deep.equal(["info", "info", "info"]);
  });

  it("tells each fact once, when the store has it: not where that failed, and again only after a reorganisation", async () => {
    const store = await emptyStore();
    try {
      const told: string[] = [];
      const broken = { on: false };
      const failing = { ...store, advance: (...args: Parameters<typeof store.advance>) => (broken.on ? Promise.reject(new Error("the disk is full")) : store.advance(...args)) };
      const narrator = narrated(failing, { emit: (name) => void told.push(name) }, party);
      const event: StoredEvent = { block: 5, logIndex: 0, job: "0x1", event: encodeJobEvent(about(ME).find(({ type }) => type === "RewardCollected")!), disputed: true };
      broken.on = true;
      await narrator.advance({ number: 5, hash: HASH }, [event]).catch(() => undefined);
      expect(told).to.deep.equal([]);
      broken.on = false;
      await narrator.advance({ number: 5, hash: HASH }, [event]);
      expect(told).to.deep.equal(["watch.earned"]);
      expect(await narrator.recentBlocks(), "what it does not replace is the store's").to.deep.equal([{ number: 5, hash: HASH }]);
      await narrator.rewind(4);
      await narrator.advance({ number: 5, hash: HASH }, [event]);
      expect(told).to.deep.equal(["watch.earned", "watch.earned"]);
    } finally {
      await store.close();
    }
  });
});
