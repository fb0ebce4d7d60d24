import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import type { Deployed } from "../../../oracle/certify/localChain.ts";
import { bitsOf, chainDot, floatOf } from "../../../core/math/float32.ts";
import { LEAF, toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { OPERATORS, operatorOf } from "../../../core/operators/index.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { RecordingReader } from "../../../core/merkle/recordingReader.ts";
import { familyOf, type FamilyName } from "../../../core/program/families.ts";
import { encodeRow } from "../../../core/program/row.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { openChain } from "../../support/chain.ts";
import { chained, convAttributes, floatNode, geometry, matrixShapes, randomFloats } from "../../support/dots.ts";
import { SPECIAL_BITS, floats } from "../../support/floats.ts";
import { tensor, type OpCase } from "../../support/judge.ts";
import { TYPES, equalRow, floatBytes, randomBytes, randomZero } from "../../support/quantised.ts";
import { Random } from "../../support/random.ts";

/** The families with operators that are judged in pieces. */
const PIECEWISE = new Set(OPERATORS.filter(({ reduction }) => reduction !== undefined).map(({ opcode }) => familyOf(opcode)));
const chain = await openChain([...PIECEWISE].map((name) => ["families", name] as const), () => undefined);
const families = new Map<FamilyName, Deployed>();
for (const name of PIECEWISE) families.set(name, await chain.deploy("families", name));

/** Cases of every operator under every rule; a thousand each in the deep profile. */
const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 1000 : 30;

/** The leaves that a judgement by the twin reads, as the contract is shown them. */
class Recorder {
  readonly readers: (RecordingReader | undefined)[];
  readonly #orders: (Uint8Array | undefined)[];

  constructor(c: OpCase) {
    this.#orders = c.node.inputs.map((t, i) => t && c.inputs[i] && toCommitOrder(t, c.inputs[i]));
    this.readers = c.node.inputs.map((t, i) => t && this.#orders[i] && new RecordingReader(new BytesReader(t, this.#orders[i])));
  }

  get openings(): { leaves: number[]; data: Uint8Array }[] {
    return this.readers.map((reader, i) => {
      const leaves = [...(reader?.leaves ?? [])].sort((a, b) => a - b);
      const data = new Uint8Array(LEAF * leaves.length);
      leaves.forEach((leaf, k) => data.set(this.#orders[i]!.subarray(leaf * LEAF, (leaf + 1) * LEAF), k * LEAF));
      return { leaves, data };
    });
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
 * Judges an element in pieces: what is carried is the same in both languages after every piece, and both verdicts are
 * those of the judgement in one piece. Returns how many claims were admissible.
 */
async function judge(c: OpCase, element: number, claims: readonly bigint[], random: Random): Promise<number> {
  const { node } = c;
  const { name, admissible, reduction } = operatorOf(node.opcode);
  const family = families.get(familyOf(node.opcode))!;
  const row = encodeRow(node);
  const ask = async (method: string, ...args: readonly unknown[]): Promise<unknown> => (await chain.read(family, method, args))[0];
  let carried = "0x";
  const at = cuts(reduction!.length(node), random);
  const about = () => `${name}, cut at ${at}, element ${element}\n${JSON.stringify(node)}\n${c.inputs.map((raw) => raw && hexlify(raw)).join("\n").slice(0, 3000)}`;
  for (const until of at) {
    const recorder = new Recorder(c);
    const before = carried;
    carried = reduction!.accumulate(node, element, before, until, recorder.readers);
    expect(await ask("accumulate", row, element, before, until, recorder.openings), about()).to.equal(carried);
  }
  let admitted = 0;
  for (const claimed of claims) {
    const recorder = new Recorder(c);
    const verdict = reduction!.admissibleAfter(node, element, claimed, carried, recorder.readers);
    expect(verdict, about()).to.equal(admissible(node, element, claimed, new Recorder(c).readers));
    expect(await ask("admissibleAfter", row, element, claimed, carried, recorder.openings), about()).to.equal(verdict);
    if (verdict) admitted++;
  }
  return admitted;
}

/** A dot product's bits in any order, its neighbourhood and values far from it. */
function floatClaims(c: OpCase, element: number, random: Random): bigint[] {
  const { admissible, reduction } = operatorOf(c.node.opcode);
  const { readers } = new Recorder(c);
  const length = reduction!.length(c.node);
  const words = length === 0 ? [] : (reduction!.accumulate(c.node, element, "0x", length, readers).slice(2).match(/.{64}/g) ?? []);
  const state = words.map((word) => BigInt(`0x${word}`));
  let near = 0;
  if (c.node.rule === Rule.chain) near = floatOf(Number(state[2] ?? 0n)) + floatOf(Number(state[3] ?? 0n));
  else if (c.node.opcode === Opcode.ReduceMean)
    near = (Number((state[1] ?? 0n) - (state[2] ?? 0n)) * 2 ** -150 + Number((state[3] ?? 0n) - (state[4] ?? 0n)) * 2 ** -22) / length;
  else for (let i = 0; i < 4; i++) near += Number((state[2 + 2 * i] ?? 0n) - (state[3 + 2 * i] ?? 0n)) * 2 ** (128 * i - 300);
  const bits = bitsOf(Math.fround(near));
  const claims = [bits, (bits ^ 1) >>> 0, (bits ^ 0x400000) >>> 0, random.pick(SPECIAL_BITS)].map(BigInt);
  expect(claims.map((claim) => admissible(c.node, element, claim, readers))).to.have.length(4);
  return claims;
}

const drawn = (dims: readonly number[], random: Random): Uint8Array => {
  const raw = randomFloats(sizeOf(dims), random);
  // Now and then a single infinity or NaN.
  if (random.chance(0.1)) new Uint32Array(raw.buffer)[random.int(0, sizeOf(dims) - 1)] = random.pick([0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc00003]);
  return raw;
};

type Build = (random: Random) => OpCase;

const f32 = DType.float32;

const conv: Build = (random) => {
  const g = geometry(random);
  const inputs = [tensor(f32, g.x, random), tensor(f32, g.w, random), random.chance(0.6) ? tensor(f32, [g.w[0]]) : undefined];
  return { node: floatNode(Opcode.Conv, tensor(f32, g.y, random), inputs, convAttributes(g)), inputs: inputs.map((t) => t && drawn(t.dims, random)) };
};

const gemm: Build = (random) => {
  const [m, k, n] = [random.int(1, 4), random.int(1, 80), random.int(1, 5)];
  const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
  const factor = () => bitsOf(random.pick([1, 1, 1, 0, -0.7, 3, Math.fround(random.normal())])) | 0;
  const inputs = [
    tensor(f32, transA ? [k, m] : [m, k], random),
    tensor(f32, transB ? [n, k] : [k, n], random),
    random.chance(0.7) ? tensor(f32, random.pick([[n], [1, n], [m, 1], [m, n], []]), random) : undefined,
  ];
  const attributes = [transA, transB, factor(), factor()];
  return { node: floatNode(Opcode.Gemm, tensor(f32, [m, n], random), inputs, attributes), inputs: inputs.map((t) => t && drawn(t.dims, random)) };
};

const matMul: Build = (random) => {
  const { a, b, y } = matrixShapes(random);
  const inputs = [tensor(f32, a, random), tensor(f32, b, random)];
  return { node: floatNode(Opcode.MatMul, tensor(f32, y, random), inputs, []), inputs: inputs.map((t) => drawn(t.dims, random)) };
};

const reduceMean: Build = (random) => {
  const dims = Array.from({ length: random.int(1, 4) }, () => random.int(1, 9));
  const some = dims.map((_, a) => a).filter(() => random.chance(0.6));
  const axes = some.length > 0 ? some : [0];
  const keep = random.chance(0.5);
  const out = dims.flatMap((d, a) => (axes.includes(a) ? (keep ? [1] : []) : [d]));
  const input = tensor(f32, dims, random);
  return {
    node: { opcode: Opcode.ReduceMean, rule: Rule.bound, chunk: 0, flags: 0, attributes: axes, output: tensor(f32, out, random), inputs: [input] },
    inputs: [drawn(dims, random)],
  };
};

const onChain =
  (build: Build): Build =>
  (random) => {
    const c = build(random);
    return { ...c, node: chained(c.node, random.pick([0, 0, 1, 5, 8, 16, 33, 1000]), random.chance(0.5)) };
  };

/** Row of a quantised product; scales and zero points are scalars but, now and then, those of the second operand. */
function quantised(opcode: Opcode, a: readonly number[], b: readonly number[], y: readonly number[], channels: number, attributes: readonly number[], random: Random): OpCase {
  const [typeA, typeB] = random.pick(TYPES);
  const perChannel = random.chance(0.5) ? [channels] : [];
  const scale = (dims: readonly number[]) => floatBytes(Array.from({ length: sizeOf(dims) }, () => Math.fround(0.001 + random.unit() / 20)));
  const parts = [
    [tensor(typeA, a, random), randomBytes(sizeOf(a), random)],
    [tensor(f32, []), scale([])],
    [tensor(typeA, []), Uint8Array.of(randomZero(typeA, random))],
    [tensor(typeB, b, random), randomBytes(sizeOf(b), random)],
    [tensor(f32, perChannel), scale(perChannel)],
    [tensor(typeB, perChannel), Uint8Array.from({ length: sizeOf(perChannel) }, () => randomZero(typeB, random))],
    [tensor(f32, []), floatBytes([Math.fround(0.01 + random.unit())])],
    [tensor(typeA, []), Uint8Array.of(randomZero(typeA, random))],
  ] as const;
  return {
    node: { ...equalRow(opcode), attributes, output: tensor(typeA, y, random), inputs: parts.map(([t]) => t) },
    inputs: parts.map(([, raw]) => raw),
  };
}

const qLinearConv: Build = (random) => {
  const g = geometry(random);
  const c = quantised(Opcode.QLinearConv, g.x, g.w, g.y, g.w[0], convAttributes(g), random);
  const bias = random.chance(0.6) ? tensor(DType.int32, [g.w[0]]) : undefined;
  const raw = bias && new Uint8Array(Int32Array.from({ length: g.w[0] }, () => random.u32() | 0).buffer);
  return { node: { ...c.node, inputs: [...c.node.inputs, bias] }, inputs: [...c.inputs, raw] };
};

const qLinearMatMul: Build = (random) => {
  const { a, b, y } = matrixShapes(random);
  const columns = b.length === 1 ? 1 : b[b.length - 1];
  return quantised(Opcode.QLinearMatMul, a, b, y, columns, [], random);
};

const BUILDS: Record<string, Build> = {
  "Conv, chain": onChain(conv),
  "Conv, bound": conv,
  "Gemm, chain": onChain(gemm),
  "Gemm, bound": gemm,
  "MatMul, chain": onChain(matMul),
  "MatMul, bound": matMul,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  ReduceMean: reduceMean,
};

describe("judgement in pieces", () => {
  for (const [i, [name, build]] of Object.entries(BUILDS).entries())
    it(`${name}: any division gives the verdict of the whole, and twin and contract carry the same, in ${CASES} random cases`, async function () {
      this.timeout(CASES * 2000);
      const random = new Random(900 + i);
      let admitted = 0;
      let refused = 0;
      for (let n = 0; n < CASES; n++) {
        const c = build(random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const { admissible } = operatorOf(c.node.opcode);
        // Of the 256 bytes that a quantised output may be, all that are admissible and one that is not.
        const bytes = Array.from({ length: 256 }, (_, q) => BigInt(q));
        const isInteger = familyOf(c.node.opcode) === "IntegerDot";
        const right = isInteger ? bytes.find((q) => admissible(c.node, element, q, new Recorder(c).readers))! : 0n;
        const claims = isInteger ? [right, right ^ 1n] : floatClaims(c, element, random);
        const count = await judge(c, element, claims, random);
        admitted += count;
        refused += claims.length - count;
      }
      expect(admitted).to.be.greaterThan(CASES / 2);
      expect(refused).to.be.greaterThan(CASES / 4);
    });

  it("an element of a long vector with chunks that no piece ends with", async () => {
    const random = new Random(950);
    const dims = [1, 3000];
    const [a, b] = [tensor(f32, dims), tensor(f32, [3000, 1])];
    const node = chained(floatNode(Opcode.MatMul, tensor(f32, [1, 1]), [a, b], []), 448, false);
    const inputs = [0, 1].map(() => new Uint8Array(Float32Array.from({ length: 3000 }, () => random.normal()).buffer));
    const [x, w] = inputs.map((raw) => new Float32Array(raw.buffer));
    const right = BigInt(bitsOf(chainDot(x, w, { chunk: 448, alpha: 1, first: 0, last: 0 })));
    for (let i = 0; i < 6; i++) expect(await judge({ node, inputs }, 0, [right, right ^ 1n], random)).to.equal(1);
  });

  it("refuses pieces that do not get ahead, reach past the end, or carry something else", async () => {
    const random = new Random(951);
    const node = floatNode(Opcode.MatMul, tensor(f32, []), [tensor(f32, [40]), tensor(f32, [40])], []);
    const raw = floats(40, () => bitsOf(Math.fround(random.normal())));
    const c = { node, inputs: [raw, raw] };
    const recorder = new Recorder(c);
    const { reduction } = operatorOf(node.opcode);
    const carried = reduction!.accumulate(node, 0, "0x", 20, recorder.readers);
    const { openings } = recorder;
    const row = hexlify(encodeRow(node));
    expect(byteLength(node.inputs[0]!)).to.be.at.most(LEAF);
    const { ethers } = await network.create();
    const family = await ethers.deployContract(familyOf(node.opcode));
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
    const accumulation = await ethers.deployContract(familyOf(Opcode.MaxPool));
    const pool = { ...node, opcode: Opcode.MaxPool, rule: Rule.equal, inputs: [tensor(f32, [1, 1, 40])], output: tensor(f32, [1, 1, 1]), attributes: [40, 1, 0, 0, 1] };
    await expect(accumulation.accumulate(hexlify(encodeRow(pool)), 0, "0x", 20, openings.slice(0, 1))).to.be.revertedWithCustomError(accumulation, "OpUnknown");
    await expect(accumulation.admissibleAfter(hexlify(encodeRow(pool)), 0, 0, "0x", openings.slice(0, 1))).to.be.revertedWithCustomError(accumulation, "OpUnknown");
  });
});
