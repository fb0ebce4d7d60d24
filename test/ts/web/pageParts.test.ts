import { expect } from "chai";
import { sha256 } from "../../../core/digest.ts";
import type { Verdict } from "../../../sdk/verify/verify.ts";
import { readCard } from "../../../models/cards.ts";
import { shippedNames } from "../../../models/heldOut.ts";
import { hintsIn, imageOf, labelsOf } from "../../../web/src/data/card.ts";
import { placeIn } from "../../../web/src/data/hashLocation.ts";
import { isOutOfReach, PublishedFiles } from "../../../web/src/data/publishedFiles.ts";
import { standingOf } from "../../../web/src/pages/disputes/standing.ts";
import { wordsOfVerdict } from "../../../web/src/pages/job/verdictWords.ts";
import { filterIn, partyIn, placeOf } from "../../../web/src/pages/jobs/filter.ts";
import { inOpg } from "../../../web/src/ui/opg.ts";
import { iso, lengthOf, precise } from "../../../web/src/ui/seconds.ts";
import { aheadBy } from "../../../web/src/data/offset.ts";
import { countsIn } from "../../../web/src/pages/operators/record.ts";
import { account, hash } from "../../support/chainEvents.ts";

describe("the explorer's addresses", () => {
  it("have path and query in their hash", () => {
    expect(["", "#/", "#/jobs", "#/jobs?status=Final&model=2", "#jobs"].map(placeIn)).to.deep.equal([["/", ""], ["/", ""], ["/jobs", ""], ["/jobs", "status=Final&model=2"], ["/jobs", ""]]);
  });

  it("name a filter of jobs, and lead back to it", () => {
    const filter = { status: "Final", operator: account(5) } as const;
    expect(placeOf(filter)).to.equal(`/jobs?status=Final&operator=${account(5)}`);
    expect(filterIn(placeIn(`#${placeOf(filter)}`)[1])).to.deep.equal(filter);
    expect(partyIn(filter)).to.deep.equal(["operator", account(5)]);
    expect(placeOf({})).to.equal("/jobs");
  });

  it("leave out of a filter what is no status and no id, and all parties but one", () => {
    expect(filterIn("status=None&model=0&operator=0x12")).to.deep.equal({});
    expect(filterIn(`status=Lost&requester=${account(5).toUpperCase().replace("0X", "0x")}`)).to.deep.equal({ requester: account(5) });
    expect(filterIn(`model=2&requester=${account(5)}`)).to.deep.equal({ model: "2" });
  });
});

describe("a model's card", () => {
  it("says which inputs are pictures and what outputs stand for", () => {
    const card = { title: "Digits", inputs: [{ kind: "image", name: "image", channels: "grey", range: [0, 1] }, { kind: "text" }], labels: { scores: ["zero", "one"], odd: [1] } };
    expect(hintsIn(card)).to.deep.equal({ title: "Digits", images: [{ name: "image", channels: "grey", range: [0, 1] }], labels: { scores: ["zero", "one"] } });
  });

  it("may say anything: what this page does not know is left out", () => {
    expect(hintsIn({ inputs: [{ kind: "image", layout: "CHW", range: [1, 1], channels: 3 }], labels: [] })).to.deep.equal({ images: [{}], labels: {} });
    for (const none of [null, 3, [], "card", { inputs: {}, labels: null }]) expect(hintsIn(none)).to.deep.equal({ images: [], labels: {} });
  });

  it("speaks of a tensor by its name, or of the only one whose name nobody knows yet", () => {
    const hints = hintsIn({ inputs: [{ kind: "image", name: "image" }], labels: { scores: ["a", "b"] } });
    const found = (name: string, count: number) => [imageOf(hints, name, count)?.name, labelsOf(hints, name, count)?.length];
    expect(found("image", 2)).to.deep.equal(["image", undefined]);
    expect(found("scores", 2)).to.deep.equal([undefined, 2]);
    expect(found("input 0", 1)).to.deep.equal(["image", 2]);
    expect(found("input 0", 2)).to.deep.equal([undefined, undefined]);
  });

  it("says of every shipped model of digits that its input is a picture", () => {
    const digits = shippedNames.filter((name) => name.startsWith("digits"));
    expect(digits).to.have.length(4);
    for (const name of digits) expect(hintsIn(readCard(name)).images).to.deep.equal([{ name: "image", channels: "grey", range: [0, 1] }]);
  });
});

describe("published files on a page", () => {
  const [file, program] = [Uint8Array.of(1), Uint8Array.of(2)];
  const version = { fileDigest: sha256(file), programDigest: sha256(program), fileURI: "file:///a https://a.example", programURI: "file:///b" };

  it("that somebody gave are found by their hash at each of their addresses", async () => {
    const files = new PublishedFiles();
    files.keep(file);
    const fetcher = files.fetcher(version);
    expect(await fetcher("file:///a", 10)).to.equal(file);
    expect(await fetcher("https://a.example", 10)).to.equal(file);
    expect([files.has(version.fileDigest), files.has(version.programDigest)]).to.deep.equal([true, false]);
    const refused = await fetcher("file:///b", 10).catch((error: unknown) => error);
    expect(refused).to.have.property("message").that.matches(/only http, https and ipfs/);
  });

  it("are kept six at a time, the newest", () => {
    const files = new PublishedFiles();
    const digests = Array.from({ length: 7 }, (_, i) => files.keep(Uint8Array.of(i)));
    expect(digests.map((digest) => files.has(digest))).to.deep.equal([false, true, true, true, true, true, true]);
  });

  it("are out of a browser's reach where only a machine's own files are named", () => {
    expect(["file:///a", "", "file:///a ipfs://b", "https://a.example"].map(isOutOfReach)).to.deep.equal([true, true, false, false]);
  });
});

describe("a verification in words", () => {
  const version = { fileDigest: hash(1), programDigest: hash(2), programRoot: hash(3) };
  const said = (verdict: Omit<Verdict, "job">) => wordsOfVerdict({ job: 1n, ...verdict } as Verdict, version);

  it("names all that was checked of a match", () => {
    const { title, manner, checked } = said({ verdict: "match", detail: "the same bytes, by 12 nodes" });
    expect([title, manner, checked.map(([, detail]) => detail)]).to.deep.equal(["MATCH", "good", [hash(1), hash(2), hash(3), "the same bytes, by 12 nodes"]]);
  });

  it("names the first number that differs, or the output whose root does", () => {
    const difference = { output: 0, name: "scores", element: 3, coordinates: [0, 3], expected: "1", claimed: "2" };
    expect(said({ verdict: "mismatch", detail: "", difference } as Omit<Verdict, "job">).sentence).to.equal("The first number that differs is scores[0, 3]: it should be 1, and 2 was submitted.");
    expect(said({ verdict: "mismatch", detail: "scores: its root is another" }).sentence).to.equal("The submitted output is not the one of an honest run. scores: its root is another.");
  });

  it("claims nothing to be checked where nothing is known", () => {
    expect(said({ verdict: "unknown", detail: "the run is too long" })).to.deep.include({ title: "UNKNOWN", checked: [] });
  });
});

describe("disputes and operators in a few words", () => {
  const dispute = { sequence: 1, challengedAt: 1, challengers: 1, openBy: 10, deadline: 20, isOpened: false, outcome: null, slashed: "0" } as const;

  it("say how a dispute stands by the chain's clock", () => {
    const words = [
      standingOf(dispute, 10),
      standingOf(dispute, 11),
      standingOf({ ...dispute, isOpened: true }, 20),
      standingOf({ ...dispute, isOpened: true }, 21),
      standingOf({ ...dispute, outcome: "upheld" }, 21),
      standingOf({ ...dispute, outcome: "convicted by proof" }, 21),
    ];
    expect(words.map(({ words: each }) => each)).to.deep.equal(["to be opened", "not opened in time", "trace opened", "to be resolved", "result upheld", "convicted by proof"]);
  });

  it("count an operator's jobs by what became of them", () => {
    const tally = (status: "Final" | "FinalUndelivered" | "Submitted" | "Convicted" | "Refunded", jobs: number, fees: string) => ({ status, jobs, fees });
    const record = [tally("Final", 3, "30"), tally("FinalUndelivered", 1, "5"), tally("Submitted", 2, "20"), tally("Convicted", 1, "9"), tally("Refunded", 4, "40")];
    expect(countsIn(record)).to.deep.equal({ final: 4, open: 2, convicted: 1, unserved: 4, earned: 35n });
  });
});

describe("times on a page", () => {
  it("may be any that a contract takes", () => {
    expect([precise(0), precise(1_700_000_000)]).to.deep.equal(["1970-01-01 00:00:00 UTC", "2023-11-14 22:13:20 UTC"]);
    for (const beyond of [2 ** 53, 1.8e19, NaN]) expect([iso(beyond), precise(beyond)]).to.deep.equal([undefined, `second ${beyond}`]);
    expect([lengthOf(0), lengthOf(90_061)]).to.deep.equal(["0 s", "1 d 1 h"]);
  });

  it("go by the chain's clock, whether this machine's is behind it or ahead", () => {
    expect(aheadBy(1_000, 400, true)).to.equal(600);
    expect(aheadBy(1_000, 1_012, false)).to.equal(0);
    expect(aheadBy(1_000, 4_600, false)).to.equal(-3_600);
    // A quiet chain's newest block is old, which says nothing.
    expect(aheadBy(1_000, 4_600, true)).to.equal(0);
  });
});

describe("amounts on a page", () => {
  it("are never nothing where they are something, and never more than they are", () => {
    expect([0n, 1n, 10n ** 14n - 1n, 10n ** 18n + 1n, 10n ** 18n - 1n, 2n ** 128n - 1n].map(inOpg)).to.deep.equal(["0", "< 0.0001", "< 0.0001", "1", "0.9999", "340,282,366,920,938,463,463.3746"]);
  });
});
