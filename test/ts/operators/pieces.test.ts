import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import { acceptance } from "../../../core/exact/index.ts";
import { bitsOf, chainDot } from "../../../core/math/float32.ts";
import { RecordingReader } from "../../../core/merkle/recordingReader.ts";
import { LEAF } from "../../../core/merkle/tensorTree.ts";
import { operatorOf, twinOf } from "../../../core/operators/index.ts";
import { encodeRow } from "../../../core/program/row.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES, casesOf } from "../../operators/index.ts";
import { chained, underGemv } from "../../operators/support/chains.ts";
import { numbers } from "../../operators/support/draw.ts";
import { underLanes } from "../../operators/support/lanes.ts";
import { caseOf } from "../../operators/support/onnx.ts";
import { SPECIAL_BITS } from "../../support/floats.ts";
import { askFamily, opened, type Opening } from "../../support/judge.ts";
import { commitOrders, readersOf, type OnnxCase, type OpCase } from "../../support/opCase.ts";
import { deep } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

/** Cases of every operator under every rule. */
const CASES = deep ? 1000 : 30;

/** The leaves that a judgement by the twin reads, as the contract is shown them. */
class Recorder {
  readonly readers: readonly (RecordingReader | undefined)[];
  readonly #orders: readonly (Uint8Array | undefined)[];

  constructor(c: OpCase) {
    this.#orders = commitOrders(c);
    this.readers = readersOf(c).map((reader) => reader && new RecordingReader(reader));
  }

  get openings(): Opening[] {
    return this.readers.map((reader, i) => opened(this.#orders[i] ?? new Uint8Array(), reader?.leaves ?? []));
  }
}

/** Where a reduction is cut: nowhere, anywhere, after every position, or at its end. */
function cuts(length: number, random: Random): number[] {
  if (length === 0) return [];
  const some = Array.from({ length: random.int(1, 4) }, () => random.int(1, length));
  const choice = random.pick([[], some, some, some, [length], Array.from({ length: Math.min(length, 12) }, (_, i) => i + 1)]);
  return [...new Set(choice)].sort((a, b) => a - b);
}

/**
 * Judges an element in pieces: what is carried is the same in both languages after every piece, in the end it is what a
 * single piece carries, and both verdicts are those of the judgement in one piece. Returns how many claims were admissible.
 */
async function judge(c: OpCase, element: number, claims: readonly bigint[], random: Random): Promise<number> {
  const { node } = c;
  const { name, admissible, reduction } = twinOf(node);
  const row = encodeRow(node);
  const length = reduction!.length(node);
  const at = cuts(length, random);
  const about = () => `${name}, cut at ${at}, element ${element}\n${JSON.stringify(node)}\n${c.inputs.map((raw) => raw && hexlify(raw)).join("\n").slice(0, 3000)}`;
  let carried = "0x";
  for (const until of at) {
    const recorder = new Recorder(c);
    const before = carried;
    carried = reduction!.accumulate(node, element, before, until, recorder.readers);
    expect(await askFamily(c, "accumulate", row, element, before, until, recorder.openings), about()).to.equal(carried);
  }
  const rest = (from: string): string => reduction!.accumulate(node, element, from, length, new Recorder(c).readers);
  if (length > 0) expect(at.at(-1) === length ? carried : rest(carried), about()).to.equal(rest("0x"));
  let admitted = 0;
  for (const claimed of claims) {
    const recorder = new Recorder(c);
    const verdict = reduction!.admissibleAfter(node, element, claimed, carried, recorder.readers);
    expect(verdict, about()).to.equal(admissible(node, element, claimed, new Recorder(c).readers));
    expect(await askFamily(c, "admissibleAfter", row, element, claimed, carried, recorder.openings), about()).to.equal(verdict);
    if (verdict) admitted++;
  }
  return admitted;
}

/** One value that is admissible, what lies just outside, and one of the special ones. */
function claimsFor(c: OpCase, element: number, random: Random): bigint[] {
  const { dtype } = c.node.output;
  const { isAdmissible, justOutside } = acceptance(c.node, element, readersOf(c));
  const outside = justOutside();
  const near = dtype === DType.float32 ? [0x7fc00000n, 0x7f800000n, 0xff800000n] : Array.from({ length: 256 }, (_, q) => BigInt(q));
  const inside = [...outside.flatMap((bits) => [bits - 1n, bits + 1n]), ...near].find((bits) => bits >= 0n && isAdmissible(bits));
  return [...new Set([...(inside === undefined ? [] : [inside]), ...outside.slice(0, 2), ...(dtype === DType.float32 ? [BigInt(random.pick(SPECIAL_BITS))] : [])])];
}

/** The node under that rule, with any schedule. */
function underAny(rule: Rule, node: Node, random: Random): Node {
  if (rule === Rule.chain) return chained(node, random.pick([0, 0, 1, 5, 8, 16, 33, 1000]), random.chance(0.5));
  return rule === Rule.gemv ? underGemv(node, random.int(0, 3)) : node;
}

describe("judgement in pieces: any division gives the verdict of the whole, and twin and contract carry the same", () => {
  /** A case under a rule of its operator, with any schedule. */
  const under = (c: OnnxCase, rule: Rule, random: Random): OpCase => (rule === Rule.lanes ? random.pick(underLanes(c)) : { ...c, node: underAny(rule, c.node, random) });
  const inPieces = (opcode: Opcode, rule: Rule): boolean => twinOf({ opcode, rule } as Node).reduction !== undefined;
  const SCHEDULED: Partial<Record<Rule, string>> = { [Rule.chain]: " under a chain of any schedule", [Rule.gemv]: " under gemv in any form", [Rule.lanes]: " in lanes" };
  for (const [i, [name, { random: draw }]] of OPERATOR_CASES.entries())
    for (const rule of operatorOf(Opcode[name]).rules.filter((rule) => inPieces(Opcode[name], rule)))
      it(`${name}${SCHEDULED[rule] ?? ""}, in ${CASES} random cases`, async function () {
        this.timeout(CASES * 2000);
        const random = new Random(900 + 2 * i + (rule === Rule.chain ? 1 : 0));
        let admitted = 0;
        let refused = 0;
        for (let n = 0; n < CASES; n++) {
          const drawn = draw(random);
          const c = under(drawn, rule, random);
          const element = random.int(0, sizeOf(c.node.output.dims) - 1);
          const claims = claimsFor(c, element, random);
          const count = await judge(c, element, claims, random);
          admitted += count;
          refused += claims.length - count;
        }
        expect(admitted).to.be.greaterThan(CASES / 2);
        expect(refused).to.be.greaterThan(CASES / 4);
      });

  /** The product of two vectors. */
  const product = (a: readonly number[], b: readonly number[]): OpCase =>
    caseOf({ op: "MatMul", inputs: [numbers([a.length], a), numbers([b.length], b)], output: { dtype: DType.float32, dims: [] } });

  it("an element of a long vector with chunks that no piece ends with", async () => {
    const random = new Random(950);
    const [a, b] = [0, 1].map(() => Float32Array.from({ length: 3000 }, () => random.normal()));
    const whole = product([...a], [...b]);
    const c = { ...whole, node: chained(whole.node, 448, false) };
    const right = BigInt(bitsOf(chainDot(a, b, { chunk: 448, alpha: 1, first: 0, last: 0 })));
    for (let i = 0; i < 6; i++) expect(await judge(c, 0, [right, right ^ 1n], random)).to.equal(1);
  });

  it("refuses pieces that do not get ahead, reach past the end, or carry something else", async () => {
    const random = new Random(951);
    const values = Array.from({ length: 40 }, () => random.normal());
    const c = product(values, values);
    const { node } = c;
    const recorder = new Recorder(c);
    const { reduction } = operatorOf(node.opcode);
    const carried = reduction!.accumulate(node, 0, "0x", 20, recorder.readers);
    const { openings } = recorder;
    const row = hexlify(encodeRow(node));
    expect(byteLength(node.inputs[0]!)).to.be.at.most(LEAF);
    const { ethers } = await network.create();
    const family = await ethers.deployContract("FloatDot");
    for (const until of [0n, 19n, 20n, 41n, 2n ** 256n - 1n]) {
      await expect(family.accumulate(row, 0, carried, until, openings)).to.be.revertedWithCustomError(family, "PositionOutOfRange");
      expect(() => reduction!.accumulate(node, 0, carried, Number(until), recorder.readers)).to.throw("piece from 20");
    }
    for (const odd of [carried.slice(0, -2), `${carried}00`, "0x00"]) {
      await expect(family.accumulate(row, 0, odd, 30, openings)).to.be.revertedWithCustomError(family, "CarriedMalformed");
      await expect(family.admissibleAfter(row, 0, 0, odd, openings)).to.be.revertedWithCustomError(family, "CarriedMalformed");
      expect(() => reduction!.accumulate(node, 0, odd, 30, recorder.readers)).to.throw("carried");
    }
    const far = `0x${(41n).toString(16).padStart(64, "0")}${carried.slice(66)}`;
    await expect(family.admissibleAfter(row, 0, 0, far, openings)).to.be.revertedWithCustomError(family, "PositionOutOfRange");
    expect(() => reduction!.admissibleAfter(node, 0, 0n, far, recorder.readers)).to.throw("past the end");
  });

  it("has no pieces of what is judged whole", async () => {
    const { ethers } = await network.create();
    const family = await ethers.deployContract("Accumulation");
    for (const [name] of OPERATOR_CASES.filter(([name]) => operatorOf(Opcode[name]).reduction === undefined && Opcode[name] >> 8 === Opcode.ReduceMean >> 8)) {
      const c = casesOf(name).random(new Random(952));
      const row = hexlify(encodeRow(c.node));
      const openings = commitOrders(c).map((bytes) => opened(bytes!, [0]));
      await expect(family.accumulate(row, 0, "0x", 1, openings), name).to.be.revertedWithCustomError(family, "OpUnknown");
      await expect(family.admissibleAfter(row, 0, 0, "0x", openings), name).to.be.revertedWithCustomError(family, "OpUnknown");
    }
  });
});
