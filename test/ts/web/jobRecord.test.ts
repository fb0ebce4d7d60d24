import { expect } from "chai";
import type { ChainEvent, Content, IndexedEvent, JobDetail } from "../../../core/history/types.ts";
import type { History } from "../../../sdk/history/history.ts";
import { deadlinesOf } from "../../../web/src/pages/job/clocks.ts";
import { movesOf } from "../../../web/src/pages/job/moves.ts";
import { readJob, stateOf } from "../../../web/src/pages/job/record.ts";
import { account, gameEvent, hash, jobEvent, jobId, packClaim, requested, submitted, submittedByRoots } from "../../support/chainEvents.ts";

const JOB = jobId(7, 1);
const NOTHING: Content = { bytes: null, roots: null, uri: null };

/** Events as lists have them: in this order, with these fields left out. */
const listed = (events: readonly ChainEvent[], omitted: readonly string[] = []): IndexedEvent[] =>
  events.map(({ logIndex: _place, ...event }, i) => ({
    ...event,
    sequence: i + 1,
    fields: Object.fromEntries(Object.entries(event.fields).filter(([name]) => !omitted.includes(name))),
    omitted: Object.keys(event.fields).filter((name) => omitted.includes(name)),
  }));

const place = (block: number, logIndex = 0) => ({ block, logIndex });
const REQUEST = requested(place(1), JOB, 3);
const ACCEPTED = jobEvent(place(2), JOB, "JobAccepted", { operator: account(5), claim: packClaim(5, 5_000, 1_600) });
const SUBMITTED = submitted(place(3), JOB, 5);
const CHALLENGED = [gameEvent(place(4), JOB, "Challenged", { challenger: account(6), openBy: 1_500, deadline: 2_000 }), jobEvent(place(4, 1), JOB, "JobChallenged", { operator: account(5) })];
const OPENED = gameEvent(place(5), JOB, "Opened", { operator: account(5), traceRoot: hash(8), shown: "0x01", uri: "https://trace.example" });
const DEMANDED = gameEvent(place(6), JOB, "Demanded", { demander: account(6), items: [hash(20), hash(21)], revealBy: 1_700, wanted: "0x02" });
const CONVICTED = [
  jobEvent(place(7), JOB, "JobConvicted", { operator: account(5), slashed: "500" }),
  gameEvent(place(7, 1), JOB, "ConvictedByProof", { challenger: account(6), reward: "250", collectableAt: 2_500 }),
];

const after = (...events: readonly ChainEvent[]) => stateOf({ id: JOB, input: NOTHING, output: NOTHING }, listed([REQUEST, ...events]))!;

describe("a job's page: the job that its events make", () => {
  it("knows terms, claim and output", () => {
    const { status, terms, claim, output } = after(ACCEPTED, SUBMITTED);
    expect({ status, fee: terms.fee, operator: claim.operator, output: [...output!] }).to.deep.equal({ status: "Submitted", fee: 2n, operator: account(5), output: [3] });
  });

  it("takes an input, an output and roots that lists leave out from the job itself", () => {
    const given = { id: JOB, input: { ...NOTHING, bytes: "0x0909" }, output: { bytes: null, roots: [hash(1), hash(2)], uri: "https://values.example" } };
    const events = listed([REQUEST, submittedByRoots(place(3), JOB, 5, [hash(1), hash(2)], "https://values.example")], ["input", "roots", "uri"]);
    const state = stateOf(given, events)!;
    expect(state.input).to.deep.include({ kind: "inline", bytes: Uint8Array.of(9, 9) });
    expect(state.output).to.have.length(64);
    expect(state.outputUri).to.equal("https://values.example");
  });

  it("is none without its request", () => {
    expect(stateOf({ id: JOB, input: NOTHING, output: NOTHING }, listed([SUBMITTED]))).to.equal(undefined);
  });

  it("passes over events that tell nothing of its state", () => {
    expect(after(ACCEPTED, gameEvent(place(3), JOB, "Silent", { item: hash(20) })).status).to.equal("Accepted");
  });

  it("reads the part of a reward that changes hands", () => {
    const { dispute } = after(SUBMITTED, ...CHALLENGED, OPENED, ...CONVICTED, gameEvent(place(8), JOB, "RewardTakenOver", { from: account(6), to: account(9), part: "2" }));
    expect([dispute!.verdict!.beneficiary, dispute!.verdict!.laterBeneficiary]).to.deep.equal([account(6), account(9)]);
  });
});

describe("a job's page: reading", () => {
  const detail = (events: readonly IndexedEvent[], next: string | null) => ({ id: JOB, input: NOTHING, output: NOTHING, events: { items: events, next } }) as unknown as JobDetail;

  it("goes on to the pages of events that follow, and fetches lists of parts that pages leave out", async () => {
    const whole = listed([REQUEST, SUBMITTED, ...CHALLENGED, OPENED, DEMANDED]);
    const cut = listed([REQUEST, SUBMITTED, ...CHALLENGED, OPENED, DEMANDED], ["items"]);
    const asked: unknown[] = [];
    const history = {
      job: async () => detail(cut.slice(0, 3), "3"),
      events: async (filter: unknown, page: unknown) => (asked.push(filter, page), { items: cut.slice(3), next: null }),
      event: async (sequence: number) => whole[sequence - 1],
    } as unknown as History;
    const { events, isCut, state } = (await readJob(history, JOB))!;
    expect(asked).to.deep.equal([{ subject: `job:${JOB}` }, { limit: 200, cursor: "3" }]);
    expect(events).to.have.length(6);
    expect(isCut).to.equal(false);
    expect(state!.dispute!.demands.map(({ item }) => item)).to.deep.equal([hash(20), hash(21)]);
  });

  it("ends after ten pages and says so", async () => {
    let pages = 1;
    const history = { job: async () => detail(listed([REQUEST]), "1"), events: async () => ({ items: [], next: String(++pages) }) } as unknown as History;
    expect((await readJob(history, JOB))!.isCut).to.equal(true);
    expect(pages).to.equal(10);
  });

  it("finds no job where there is none", async () => {
    expect(await readJob({ job: async () => undefined } as unknown as History, JOB)).to.equal(undefined);
  });
});

describe("a job's page: clocks and moves", () => {
  const STAGES = [
    { name: "requested", state: after(), deadlines: [5_000], moves: ["refund from 5001", "cancel from 0"] },
    { name: "accepted", state: after(ACCEPTED), deadlines: [5_000], moves: ["refund from 5001", "cancel from 1601"] },
    { name: "submitted", state: after(SUBMITTED), deadlines: [1_123], moves: ["finalize from 1123"] },
    { name: "challenged", state: after(SUBMITTED, ...CHALLENGED), deadlines: [1_500, 2_000], moves: ["timeout from 1501"] },
    { name: "opened", state: after(SUBMITTED, ...CHALLENGED, OPENED), deadlines: [2_000], moves: ["resolve from 2001"] },
    { name: "demanded", state: after(SUBMITTED, ...CHALLENGED, OPENED, DEMANDED), deadlines: [1_700, 2_000], moves: ["silence from 1701"] },
    { name: "upheld", state: after(SUBMITTED, ...CHALLENGED, jobEvent(place(7), JOB, "JobUpheld", { operator: account(5) })), deadlines: [], moves: ["finalize from 0"] },
    { name: "convicted", state: after(SUBMITTED, ...CHALLENGED, OPENED, ...CONVICTED), deadlines: [2_500], moves: ["collect from 2500"] },
    { name: "undelivered", state: after(SUBMITTED, jobEvent(place(7), JOB, "JobFinalized", { operator: account(5), delivered: false })), deadlines: [], moves: ["retryCallback from 0"] },
    { name: "final", state: after(SUBMITTED, jobEvent(place(7), JOB, "JobFinalized", { operator: account(5), delivered: true })), deadlines: [], moves: [] },
  ];

  for (const { name, state, deadlines, moves } of STAGES) {
    it(`of a job that is ${name}`, () => {
      expect(deadlinesOf(state).map(({ at }) => at)).to.deep.equal(deadlines);
      expect(movesOf(state).map((move) => `${move.name} from ${move.from}`)).to.deep.equal(moves);
    });
  }

  it("leaves cancelling to the requester alone", () => {
    expect(movesOf(after()).map(({ only }) => only)).to.deep.equal([undefined, account(7)]);
  });
});
