import { readFileSync } from "node:fs";
import { expect } from "chai";
import { tell, type Piece } from "../../../web/src/pages/job/story.ts";
import { account, gameEvent, hash, jobEvent, jobId, packClaim, requested, submitted } from "../../support/chainEvents.ts";

const JOB = jobId(7, 1);
const AT = { block: 1, logIndex: 0 };

const shown = (piece: Piece): string => {
  if (typeof piece === "string") return piece;
  if ("amount" in piece) return `${piece.amount} units`;
  if ("time" in piece) return `second ${piece.time}`;
  return "operator" in piece ? `operator ${BigInt(piece.operator)}` : `account ${BigInt(piece.account)}`;
};
const sentence = (event: Parameters<typeof tell>[0]): string => tell(event).pieces.map(shown).join("");

/** Events about one job, by the ABIs of its contracts. */
const NAMES = ["JobRegistry", "DisputeGame"].flatMap((contract) => {
  const abi = JSON.parse(readFileSync(new URL(`../../../contracts/abi/${contract}.json`, import.meta.url), "utf8")) as { type: string; name: string; inputs: { name: string }[] }[];
  return abi.filter(({ type, inputs }) => type === "event" && inputs.some(({ name }) => name === "jobId")).map(({ name }) => name);
});

describe("a job's page: what an event says in words", () => {
  it("of a request: fee, bond and deadline", () => {
    expect(sentence(requested(AT, JOB, 3, 9n))).to.equal(
      "An inference was asked of any operator, with its input on chain. The fee of 9 units is held; a bond of 500 units must stand behind the result. To be served by second 5000.",
    );
  });

  it("of an acceptance: by whom, and until when", () => {
    expect(sentence(jobEvent(AT, JOB, "JobAccepted", { operator: account(5), claim: packClaim(5, 5_000, 1_600) }))).to.equal("operator 5 reserved the job and has to serve it by second 5000.");
  });

  it("of a submission: by whom", () => {
    expect(sentence(submitted(AT, JOB, 5))).to.equal("operator 5 submitted an output with its bond behind it. From now on anybody may challenge it.");
  });

  it("of a result: whether the requester's contract took it", () => {
    const finalized = (delivered: boolean) => tell(jobEvent(AT, JOB, "JobFinalized", { operator: account(5), delivered }));
    expect([finalized(true), finalized(false)].map(({ title, manner }) => [title, manner])).to.deep.equal([["Final", "good"], ["Final, undelivered", "open"]]);
  });

  it("of a demand: how many parts, also where the list leaves them out", () => {
    const demanded = (items: unknown) => sentence(gameEvent(AT, JOB, "Demanded", { demander: account(6), items, revealBy: 1_700 }));
    expect([demanded([hash(1)]), demanded([hash(1), hash(2)]), demanded(undefined)]).to.deep.equal([
      "account 6 demands one part of the trace on chain, by second 1700.",
      "account 6 demands 2 parts of the trace on chain, by second 1700.",
      "account 6 demands many parts of the trace on chain, by second 1700.",
    ]);
  });

  it("of a conviction: how, and who gets what", () => {
    const fields = { challenger: account(6), reward: "250", collectableAt: 2_500 };
    expect(sentence(gameEvent(AT, JOB, "ConvictedByProof", fields))).to.equal(
      "One wrong number was proved: the contract recomputed it. account 6 is to get a reward of 250 units, which can be collected from second 2500 on.",
    );
    expect(sentence(gameEvent(AT, JOB, "ConvictedByDefault", fields))).to.match(/^The operator did not answer in time/);
  });

  it("of a reward that changes hands: which part of it", () => {
    expect(sentence(gameEvent(AT, JOB, "RewardTakenOver", { from: account(6), to: account(9), part: "1" }))).to.equal(
      "account 9 takes the half of the earliest commitment over from account 6, by a better commitment.",
    );
  });

  it("of every event that the contracts have about a job", () => {
    expect(NAMES).to.include.members(["JobRequested", "Silent", "Resolved"]);
    const claim = packClaim(5, 5_000, 1_600);
    const unknown = NAMES.filter((name) => tell({ name, fields: { terms: "0", claim } }).pieces.length === 0);
    expect(unknown).to.deep.equal([]);
  });

  it("by the name of an event that it does not know", () => {
    expect(tell(jobEvent(AT, JOB, "SomethingNew"))).to.deep.equal({ title: "SomethingNew", manner: "plain", pieces: [] });
  });
});
