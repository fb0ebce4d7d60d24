import { expect } from "chai";
import { concat, hexlify } from "ethers";
import type { Hex } from "../../../core/hex.ts";
import type { JobEvent } from "../../../core/jobs/events.ts";
import { decodeJobEvent, encodeJobEvent } from "../../../core/jobs/events.ts";
import { formatJobId, jobDigest, parseJobId, requesterOf, unpackClaim, unpackTerms } from "../../../core/jobs/job.ts";
import { planJob, servesUntil } from "../../../core/jobs/lifecycle.ts";
import { nextAction } from "../../../core/jobs/next.ts";
import { foldJob } from "../../../core/jobs/state.ts";
import { inlineCommitment } from "../../../core/program/program.ts";

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const [ME, OTHER, NOBODY] = [address("a"), address("b"), address("0")];
const HASH: Hex = `0x${"12".repeat(32)}`;
const ID = (0x99n << 64n) | 1n;

const WINDOW = 100;
const DEADLINE = 1_000;
const SUBMITTED_AT = 900;
const OPEN_BY = 1_500;
const VERDICT_BY = 2_000;
const COLLECT_AT = 2_300;

const terms = (5n << 160n) | (7n << 64n) | (BigInt(WINDOW) << 16n);
const claim = (operator: Hex, time = 0, named = false) =>
  (BigInt(operator) << 96n) | (BigInt(DEADLINE) << 56n) | (BigInt(time) << 16n) | (named ? 1n : 0n);

const partyOf = (roles: string, self: Hex = ME) => ({
  address: self,
  operator: roles.includes("operator"),
  watcher: roles.includes("watcher"),
  keeper: roles.includes("keeper"),
});

/** A job's record, read like a story. */
class Story {
  readonly events: JobEvent[];

  constructor(operator: Hex = NOBODY, named = false) {
    this.events = [{ type: "JobRequested", version: HASH, terms, claim: claim(operator, 0, named), input: "0x01" }];
  }

  #add(...events: JobEvent[]): this {
    this.events.push(...events);
    return this;
  }

  accepted(by: Hex, until: number) {
    return this.#add({ type: "JobAccepted", operator: by, claim: claim(by, until) });
  }

  submitted(by: Hex) {
    return this.#add({ type: "JobSubmitted", operator: by, claim: claim(by, SUBMITTED_AT), output: "0x02" });
  }

  submittedByRoots(by: Hex) {
    return this.#add({ type: "JobSubmittedByRoots", operator: by, claim: claim(by, SUBMITTED_AT), roots: [HASH, HASH], uri: "http://me/y" });
  }

  challenged(by: Hex) {
    return this.#add(
      { type: "JobChallenged", operator: OTHER },
      { type: "Challenged", challenger: by, openBy: OPEN_BY, deadline: VERDICT_BY },
    );
  }

  opened() {
    return this.#add({ type: "Opened", operator: OTHER, traceRoot: HASH, shown: "0x", uri: "http://x" });
  }

  convicted(beneficiary: Hex) {
    return this.#add(
      { type: "JobConvicted", operator: OTHER, slashed: 7n },
      { type: "ConvictedByProof", challenger: beneficiary, reward: 3n, collectableAt: COLLECT_AT },
    );
  }

  then(event: JobEvent) {
    return this.#add(event);
  }

  get state() {
    return foldJob(ID, this.events.map((event) => decodeJobEvent(encodeJobEvent(event))))!;
  }

  /** Steps of a party at a time. */
  at(now: number, roles: string, self: Hex = ME) {
    return planJob(this.state, partyOf(roles, self), now);
  }
}

describe("what a job needs next", () => {
  it("is served by whom it may be served, until its deadline", () => {
    expect(new Story().at(500, "operator")).to.deep.equal({ steps: ["serve"], wakeAt: DEADLINE + 1, done: false });
    expect(new Story(ME, true).at(500, "operator").steps).to.deep.equal(["serve"]);
    expect(new Story(OTHER, true).at(500, "operator").steps).to.deep.equal([]);
    expect(new Story().at(500, "watcher").steps).to.deep.equal([]);
    expect(new Story().at(DEADLINE, "operator").steps).to.deep.equal(["serve"]);
    expect(new Story().at(DEADLINE + 1, "operator")).to.include({ done: true });
  });

  it("waits for a reservation of another operator to lapse", () => {
    const story = new Story().accepted(OTHER, 600);
    expect(story.at(600, "operator")).to.deep.include({ steps: [], wakeAt: 601 });
    expect(story.at(601, "operator").steps).to.deep.equal(["serve"]);
    expect(new Story().accepted(ME, 600).at(600, "operator").steps).to.deep.equal(["serve"]);
  });

  it("is refunded by a keeper after the deadline and by nobody before", () => {
    expect(new Story().at(DEADLINE, "keeper").steps).to.deep.equal([]);
    expect(new Story().at(DEADLINE + 1, "keeper").steps).to.deep.equal(["refund"]);
    expect(new Story().accepted(OTHER, 600).at(DEADLINE + 1, "keeper").steps).to.deep.equal(["refund"]);
  });

  it("is judged within its window, never by its own operator, and finalized after it", () => {
    const story = new Story().submitted(OTHER);
    expect(story.at(SUBMITTED_AT + 1, "watcher")).to.deep.include({ steps: ["judge"], wakeAt: SUBMITTED_AT + WINDOW });
    expect(new Story().submitted(ME).at(SUBMITTED_AT + 1, "operator watcher").steps).to.deep.equal([]);
    expect(story.at(SUBMITTED_AT + WINDOW, "watcher").steps).to.deep.equal([]);
    expect(story.at(SUBMITTED_AT + WINDOW, "keeper").steps).to.deep.equal(["finalize"]);
    expect(story.at(SUBMITTED_AT + WINDOW, "operator").steps).to.deep.equal([]);
    expect(new Story().submitted(ME).at(SUBMITTED_AT + WINDOW, "operator").steps).to.deep.equal(["finalize"]);
  });

  it("is opened by its operator, timed out by a challenger when it is not, however late", () => {
    const mine = new Story().submitted(ME).challenged(OTHER);
    expect(mine.at(OPEN_BY, "operator").steps).to.deep.equal(["open"]);
    expect(mine.at(OPEN_BY + 1, "operator keeper").steps).to.deep.equal([]);
    const theirs = new Story().submitted(OTHER).challenged(ME);
    expect(theirs.at(OPEN_BY, "watcher").steps).to.deep.equal([]);
    expect(theirs.at(OPEN_BY + 1, "watcher").steps).to.deep.equal(["timeout"]);
    expect(theirs.at(VERDICT_BY + 9_999, "watcher").steps).to.deep.equal(["timeout"]);
  });

  it("is judged by every watcher although somebody else challenged first", () => {
    const story = new Story().submitted(OTHER).challenged(address("c"));
    expect(story.at(SUBMITTED_AT + 1, "watcher").steps).to.deep.equal(["judge"]);
    expect(story.at(SUBMITTED_AT + WINDOW, "watcher").steps).to.deep.equal([]);
  });

  it("is prosecuted once opened, by whoever watches, and resolved after the deadline", () => {
    const story = new Story().submitted(OTHER).challenged(address("c")).opened();
    expect(story.at(VERDICT_BY, "watcher").steps).to.deep.equal(["prosecute"]);
    expect(story.at(VERDICT_BY + 1, "watcher").steps).to.deep.equal([]);
    expect(story.at(VERDICT_BY + 1, "keeper").steps).to.deep.equal(["resolve"]);
    const upheld = story.then({ type: "JobUpheld", operator: OTHER });
    expect(upheld.at(VERDICT_BY + 2, "operator", OTHER).steps).to.deep.equal(["finalize"]);
  });

  it("gives fee and reward back to whom they are due", () => {
    const story = new Story().submitted(OTHER).challenged(ME).opened().convicted(ME);
    expect(story.at(COLLECT_AT - 1, "watcher")).to.deep.equal({ steps: ["reclaim"], wakeAt: COLLECT_AT, done: false });
    expect(story.at(COLLECT_AT, "watcher").steps).to.deep.equal(["reclaim", "collect"]);
    story.then({ type: "FeeReclaimed", challenger: ME, amount: 1n });
    expect(story.at(COLLECT_AT, "watcher").steps).to.deep.equal(["collect"]);
    story.then({ type: "RewardCollected", beneficiary: ME, amount: 3n });
    expect(story.at(COLLECT_AT, "watcher")).to.include({ done: true });
  });

  it("lets an earlier commitment contest a reward until it is collectable", () => {
    const story = new Story().submitted(OTHER).challenged(OTHER).opened().convicted(OTHER);
    expect(story.at(COLLECT_AT - 1, "watcher").steps).to.deep.equal(["takeover"]);
    expect(story.at(COLLECT_AT, "watcher")).to.include({ done: true });
    story.then({ type: "RewardTakenOver", from: OTHER, to: ME, part: "whole" });
    expect(story.at(COLLECT_AT, "watcher").steps).to.deep.equal(["collect"]);
  });

  it("gives each half of a reward to whom it is due, and lets the other be contested", () => {
    const mine = new Story().submitted(OTHER).challenged(OTHER).opened().convicted(ME);
    expect(mine.at(COLLECT_AT - 1, "watcher")).to.deep.equal({ steps: [], wakeAt: COLLECT_AT, done: false });
    mine.then({ type: "RewardTakenOver", from: ME, to: OTHER, part: "earlier" });
    expect(mine.at(COLLECT_AT - 1, "watcher")).to.deep.equal({ steps: ["takeover"], wakeAt: COLLECT_AT, done: false });
    expect(mine.at(COLLECT_AT, "watcher").steps).to.deep.equal(["collect"]);
    expect(mine.at(COLLECT_AT, "watcher", OTHER).steps).to.deep.equal(["reclaim", "collect"]);
    mine.then({ type: "RewardTakenOver", from: ME, to: address("c"), part: "later" });
    expect(mine.at(COLLECT_AT - 1, "watcher").steps).to.deep.equal(["takeover"]);
    expect(mine.at(COLLECT_AT, "watcher")).to.deep.equal({ steps: [], wakeAt: null, done: true });
    mine.then({ type: "RewardTakenOver", from: address("c"), to: ME, part: "later" });
    mine.then({ type: "RewardCollected", beneficiary: OTHER, amount: 1n }).then({ type: "RewardCollected", beneficiary: ME, amount: 2n });
    expect(mine.at(COLLECT_AT, "watcher")).to.include({ done: true });
  });

  it("needs nothing once it ended", () => {
    for (const end of ["JobCancelled", "JobRefunded"] as const) {
      expect(new Story().then({ type: end }).at(0, "operator watcher keeper")).to.deep.equal({ steps: [], wakeAt: null, done: true });
    }
    const final = new Story().submitted(ME).then({ type: "JobFinalized", operator: ME, delivered: false });
    expect(final.at(9_999, "operator keeper")).to.deep.equal({ steps: [], wakeAt: null, done: true });
  });
});

describe("an output that was submitted by its roots", () => {
  const story = () => new Story().submittedByRoots(ME);

  it("is the roots, committed as they are, and names where its values are", () => {
    const { output, outputUri, job, status } = story().state;
    expect(hexlify(output!)).to.equal(concat([HASH, HASH]));
    expect({ outputUri, status }).to.deep.equal({ outputUri: "http://me/y", status: "Submitted" });
    expect(job).to.deep.include({ output: inlineCommitment(output!), claim: claim(ME, SUBMITTED_AT) });
  });

  it("is served until a day after its window by whom it paid, and by nobody else", () => {
    const final = story().then({ type: "JobFinalized", operator: ME, delivered: false });
    const until = SUBMITTED_AT + WINDOW + 86_400;
    expect(servesUntil(final.state, partyOf("operator"))).to.equal(until);
    final.then({ type: "CallbackDelivered" });
    expect(servesUntil(final.state, partyOf("operator"))).to.equal(until);
    expect(servesUntil(final.state, partyOf("operator", OTHER))).to.equal(undefined);
    expect(servesUntil(final.state, partyOf("watcher keeper"))).to.equal(undefined);
    expect(servesUntil(story().state, partyOf("operator")), "its plan says what is left to do").to.equal(undefined);
    const bytes = new Story().submitted(ME).then({ type: "JobFinalized", operator: ME, delivered: true });
    expect(servesUntil(bytes.state, partyOf("operator"))).to.equal(undefined);
  });
});

describe("job words", () => {
  it("unpack as the contracts pack them", () => {
    const word = (3n << 160n) | (4n << 64n) | (50_000n << 40n) | (60n << 16n) | 250n;
    expect(unpackTerms(word)).to.deep.equal({ fee: 3n, bond: 4n, callbackGas: 50_000, window: 60, share: 250 });
    expect(unpackClaim(claim(ME, 77, true))).to.deep.equal({ operator: ME, deadline: DEADLINE, time: 77, named: true });
  });

  it("name a job in hex or decimal, and refuse anything else", () => {
    expect(parseJobId(formatJobId(ID))).to.equal(ID);
    expect(parseJobId(ID.toString())).to.equal(ID);
    expect(requesterOf((BigInt(ME) << 64n) | 5n)).to.equal(ME);
    for (const text of ["", "0", "-1", "0xg", "1e5", `0x${"f".repeat(57)}`]) expect(() => parseJobId(text)).to.throw(/not a job id/);
  });

  it("digest the struct, so that every change of it is another digest", () => {
    const job = { id: ID, version: HASH, input: HASH, terms, claim: claim(ME), output: HASH };
    const digests = [job, { ...job, claim: claim(OTHER) }, { ...job, terms: terms + 1n }].map(jobDigest);
    expect(new Set(digests).size).to.equal(3);
  });
});

describe("what anyone may do next", () => {
  const demanded: JobEvent = { type: "Demanded", demander: ME, items: [HASH], revealBy: 1_700, wanted: "0x" };
  const submitted = () => new Story().submitted(OTHER);
  const opened = () => submitted().challenged(ME).opened();
  const stories = {
    refund: [new Story(), new Story().accepted(OTHER, 600)],
    finalize: [submitted(), opened().then({ type: "JobUpheld", operator: OTHER })],
    timeout: [submitted().challenged(ME)],
    silence: [opened().then(demanded)],
    resolve: [opened(), opened().then(demanded).then({ type: "Revealed", items: [HASH], shown: "0x" })],
    collect: [opened().convicted(ME)],
  } as const;

  it("is what a keeper does, from the same second on, and the one to whom a reward belongs", () => {
    for (const [action, told] of Object.entries(stories)) {
      for (const story of told) {
        const next = nextAction(story.state)!;
        expect(next.action).to.equal(action);
        for (const now of [next.from - 1, next.from, next.from + 5_000].filter((time) => time >= 0)) {
          expect(story.at(now, "keeper").steps.includes(next.action as never), `${action} at ${now}, from ${next.from}`).to.equal(now >= next.from);
        }
      }
    }
  });

  it("is a callback that failed, and nothing where a job has ended", () => {
    const undelivered = submitted().then({ type: "JobFinalized", operator: OTHER, delivered: false });
    expect(nextAction(undelivered.state)).to.deep.equal({ action: "retryCallback", from: 0 });
    const ended = [
      undelivered.then({ type: "CallbackDelivered" }),
      new Story().then({ type: "JobCancelled" }),
      new Story().then({ type: "JobRefunded" }),
      opened().convicted(ME).then({ type: "RewardCollected", beneficiary: ME, amount: 3n }),
    ];
    for (const story of ended) expect(nextAction(story.state)).to.equal(undefined);
  });
});
