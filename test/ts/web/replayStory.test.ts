import { expect } from "chai";
import type { IndexedEvent } from "../../../core/history/types.ts";
import type { JobState } from "../../../core/jobs/state.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { chaptersOf, countsOf, marksIn, nodeIn } from "../../../web/src/pages/replay/chapters.ts";
import { provingOf } from "../../../web/src/pages/replay/record.ts";
import { bitsOf } from "../../../web/src/replay/bits.ts";
import { courseOf } from "../../../web/src/replay/course.ts";
import type { Examination } from "../../../web/src/replay/examination.ts";
import { floatFigure, integerFigure } from "../../../web/src/replay/figures.ts";
import { planesOf, readsIn } from "../../../web/src/replay/planes.ts";
import { KEPT, Rows } from "../../../web/src/replay/rows.ts";
import { shadesOf } from "../../../web/src/replay/shading.ts";

type Story = Pick<JobState, "status" | "dispute">;

const opened = { traceRoot: "0x01", shown: "0x", uri: "" } as const;
const dispute = (changes: Partial<NonNullable<Story["dispute"]>>): NonNullable<Story["dispute"]> => ({ challengers: ["0xaa"], reclaimed: [], openBy: 1, deadline: 2, demands: [], wanted: [], shown: [], advanced: {}, ...changes });
const verdict = (by: "proof" | "default") => ({ by, beneficiary: "0xaa", laterBeneficiary: "0xaa", reward: 1n, collectableAt: 9, collected: false }) as const;

/** A graph of an input and three rows in a line. */
function found(marks: Examination["marks"], element?: number): Examination {
  const row = (index: number) => ({ index, name: `n${index}`, inputs: [{ name: "X", dtype: "float32", shape: [1], from: index }] }) as unknown as NonNullable<Examination["graph"]["nodes"][number]["row"]>;
  const nodes = [0, 1, 2, 3].map((id) => ({ id, tensor: `t${id}`, dtype: "float32", shape: [1], isOutput: id === 3, ...(id > 0 && { row: row(id - 1) }) }));
  const shown = element === undefined ? undefined : ({ node: element, foundBy: "proof", isTooLong: false } as unknown as NonNullable<Examination["element"]>);
  return { graph: { nodes, edges: [], inputs: [0], outputs: [3] }, marks, inputs: [], outputs: [], run: { isWhole: true, detail: "" }, element: shown, padded: undefined };
}

const names = (story: Story, examination?: Examination): string[] => chaptersOf(story, examination).map(({ name }) => name);
const verdictOf = (story: Story, examination?: Examination): string => chaptersOf(story, examination).at(-1)!.title;

describe("the story of a dispute", () => {
  const lie = found(["agreed", "agreed", "differs", "follows"], 1);

  it("goes as far as the dispute has come", () => {
    expect(names({ status: "Challenged", dispute: dispute({}) })).to.deep.equal(["asked", "answered", "challenged", "verdict"]);
    expect(names({ status: "Challenged", dispute: dispute({ opened }) }, found(["agreed", "agreed", "agreed", "agreed"]))).to.deep.equal(["asked", "answered", "challenged", "opened", "parted", "verdict"]);
    expect(names({ status: "Convicted", dispute: dispute({ opened, verdict: verdict("proof") }) }, lie)).to.deep.equal(["asked", "answered", "challenged", "opened", "parted", "number", "arithmetic", "verdict"]);
    expect(names({ status: "Submitted" })).to.deep.equal(["asked", "answered"]);
  });

  it("says how it ended", () => {
    expect(verdictOf({ status: "Challenged", dispute: dispute({}) })).to.equal("The dispute goes on");
    expect(verdictOf({ status: "Convicted", dispute: dispute({ verdict: verdict("default") }) })).to.match(/did not open its run in time/);
    expect(verdictOf({ status: "Convicted", dispute: dispute({ opened, verdict: verdict("default") }) })).to.match(/did not show what was demanded/);
    expect(verdictOf({ status: "Convicted", dispute: dispute({ opened, verdict: verdict("proof") }) }, lie)).to.match(/has recomputed the number/);
    for (const status of ["Upheld", "Final"] as const) expect(verdictOf({ status, dispute: dispute({ opened }) })).to.match(/the answer stands/);
  });

  it("colours the graph by what is known in each chapter", () => {
    expect([...marksIn("opened", lie)]).to.deep.equal([]);
    expect([...marksIn("parted", lie)]).to.deep.equal([[0, "agreed"], [1, "agreed"], [2, "differs"], [3, "follows"]]);
    expect([...marksIn("number", lie)]).to.deep.equal([[0, "agreed"], [1, "read"], [2, "shown"], [3, "follows"]]);
    expect(["asked", "answered", "challenged", "parted", "arithmetic"].map((chapter) => nodeIn(chapter as "asked", lie))).to.deep.equal([0, 3, undefined, 2, 2]);
    expect(nodeIn("parted", found(["agreed", "differs", "follows", "follows"]))).to.equal(1);
    expect(countsOf(lie)).to.deep.equal({ agreed: 2, differs: 1, follows: 1, open: 0, unknown: 0 });
  });
});

describe("the transactions of a proof", () => {
  const event = (name: string, transaction: string, fields: object = {}): IndexedEvent => ({ name, transaction, fields } as unknown as IndexedEvent);
  const advanced = (challenger: string, until: number, transaction: string) => event("Advanced", transaction, { challenger, until });

  it("are the pieces of who convicted, from where it began for good, and the first conviction", () => {
    const events = [
      advanced("0xaa", 10, "0x1"),
      advanced("0xbb", 12, "0x2"),
      advanced("0xaa", 5, "0x3"),
      advanced("0xaa", 20, "0x4"),
      event("ConvictedByProof", "0x5", { challenger: "0xaa" }),
      advanced("0xaa", 30, "0x6"),
      event("ConvictedByProof", "0x7", { challenger: "0xbb" }),
    ];
    expect(provingOf(events)).to.deep.equal({ pieces: ["0x3", "0x4"], conclusion: "0x5" });
    expect(provingOf(events.slice(0, 4))).to.equal(undefined);
  });
});

describe("what is drawn of an element", () => {
  const tensor: Tensor = { dtype: DType.int8, dims: [1, 2, 3, 4], perm: [0, 2, 3, 1], source: { kind: "computed", id: 7 } };

  it("is a grid of each part that it reads, in the tensor's order whatever its layout is", () => {
    // Channel last: the element [0, c, h, w] lies at 8h + 2w + c.
    const reads = [0, 2, 8, 1].map((offset) => ({ input: 0, offset, bits: 0n }));
    const shown = planesOf(0, "X", tensor, [...reads, reads[0]], (offset) => (offset === 23 ? undefined : BigInt(offset)));
    expect(shown).to.deep.include({ input: 0, role: "X", tensor: 7, reads: 4, count: 2 });
    const [first, second] = shown.planes;
    expect(first).to.deep.include({ at: [0, 0], top: 0, left: 0, columns: 4 });
    expect(first.bits).to.deep.equal([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22].map(BigInt));
    expect(first.isRead.flatMap((read, i) => (read ? [i] : []))).to.deep.equal([0, 1, 4]);
    expect(second.at).to.deep.equal([0, 1]);
    expect(second.bits.at(-1)).to.equal(undefined);
    expect(readsIn(shown)).to.deep.equal([
      { coordinates: [0, 0, 0, 0], bits: 0n },
      { coordinates: [0, 0, 0, 1], bits: 2n },
      { coordinates: [0, 0, 1, 0], bits: 8n },
      { coordinates: [0, 1, 0, 0], bits: 1n },
    ]);
  });

  it("is the part around the reads of what is large, and a list of what has one axis, or none", () => {
    const flat = (dims: readonly number[]): Tensor => ({ dtype: DType.int8, dims, perm: dims.map((_, axis) => axis), source: { kind: "constant", root: "0x" } });
    const at = (offset: number) => ({ input: 0, offset, bits: 0n });
    const [wide] = planesOf(0, "X", flat([1_000, 1_000]), [at(500_700), at(502_703)], BigInt).planes;
    expect(wide).to.deep.include({ top: 500, left: 700, columns: 4 });
    expect(wide.bits).to.have.length(12);
    const [list] = planesOf(0, "X", flat([300]), [at(100), at(299)], BigInt).planes;
    expect(list).to.deep.include({ at: [], top: 0, left: 100, columns: 200 });
    expect(planesOf(0, "X", flat([]), [at(0)], BigInt).planes[0]).to.deep.include({ columns: 1, bits: [0n], isRead: [true] });
    expect(readsIn(planesOf(0, "X", flat([]), [at(0)], BigInt))).to.deep.equal([{ coordinates: [], bits: 0n }]);
    expect(readsIn(planesOf(0, "X", flat([300]), [at(100)], BigInt))).to.deep.equal([{ coordinates: [100], bits: 100n }]);
  });

  it("is shaded by the numbers in proportion, and has the course of the results between 0 and 1", () => {
    expect(shadesOf(DType.int8, [2n, 0xffn, undefined, 0n])).to.deep.equal([1, -0.5, undefined, 0]);
    const row = (number: number) => ({ number, operation: "add", operands: [], result: integerFigure(BigInt(number * number)) }) as const;
    expect(courseOf([0, 1, 2].map(row))).to.deep.equal([[0, 0], [0.5, 0.25], [1, 1]]);
    expect(courseOf(Array.from({ length: 1_000 }, (_, i) => row(i))).length).to.be.at.most(241);
  });

  it("has the bits of a claim, by what they stand for", () => {
    const bits = bitsOf({ type: DType.float32, bits: 0xbf800001n }, { type: DType.float32, bits: 0x3f800000n });
    expect(bits.map(({ part }) => part[0]).join("")).to.equal(`s${"e".repeat(8)}${"f".repeat(23)}`);
    expect(bits.flatMap(({ differs }, i) => (differs ? [i] : []))).to.deep.equal([0, 31]);
    expect(bitsOf(integerFigure(3n), integerFigure(4n))).to.deep.equal([]);
  });

  it("keeps the first and the last rows of what is too long", () => {
    const rows = new Rows();
    for (let i = 0; i < 5 * KEPT + 3; i++) rows.operation({ name: "add", operands: [1n, 2n], result: 3n });
    const stage = rows.stage("t", "w")!;
    expect(stage.count).to.equal(5 * KEPT + 3);
    expect(stage.rows.map(({ number }) => number)).to.deep.equal([...Array(KEPT).keys(), ...Array.from({ length: KEPT }, (_, i) => 4 * KEPT + 3 + i)]);
    expect(stage.rows[0].result).to.deep.equal(floatFigure(3n));
    expect(new Rows().stage("t", "w")).to.equal(undefined);
  });
});
