import { expect } from "chai";
import { DTypeUnsupported } from "../../../core/math/element.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode } from "../../../core/program/types.ts";
import { sizeOf, unravel } from "../../../core/tensor/shape.ts";
import { Judge, honestOutput, tensor, vector } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import {
  TYPES,
  equalRow,
  expected,
  floatBytes,
  integerAt,
  isSigned,
  judgeCases,
  judgeZeroScale,
  randomBytes,
  randomZero,
  roundScales,
  usualScales,
  wildScales,
  zeroScaleVectors,
  type ByteType,
  type QuantisedCase,
  type Scales,
} from "../../support/quantised.ts";
import { Random } from "../../support/random.ts";

interface Shape {
  a: readonly number[];
  b: readonly number[];
  y: readonly number[];
}

/** Matrices, batches broadcast against each other, and vectors on either side. */
function shape(random: Random, length = random.pick([1, 2, 3, 5, 8, 17, 31, 32, 33, 64, 70])): Shape {
  const [rows, columns] = [random.int(1, 5), random.int(1, 5)];
  const batch = Array.from({ length: random.pick([0, 0, 0, 1, 2]) }, () => random.int(1, 3));
  const part = () => batch.map((dim) => (random.chance(0.3) ? 1 : dim)).slice(random.chance(0.3) ? random.int(0, batch.length) : 0);
  const [batchA, batchB] = [part(), part()];
  const [vectorA, vectorB] = [random.chance(0.1), random.chance(0.1)];
  const a = vectorA ? [length] : [...batchA, rows, length];
  const b = vectorB ? [length] : [...batchB, length, columns];
  const [ba, bb] = [vectorA ? [] : batchA, vectorB ? [] : batchB];
  const rank = Math.max(ba.length, bb.length);
  const full = (dims: readonly number[]) => [...new Array<number>(rank - dims.length).fill(1), ...dims];
  const common = full(ba).map((dim, i) => Math.max(dim, full(bb)[i]));
  return { a, b, y: [...common, ...(vectorA ? [] : [rows]), ...(vectorB ? [] : [columns])] };
}

interface Quantisation {
  types: readonly [ByteType, ByteType];
  scales: Scales;
  zeroA: number;
  /** One for all or one per column. */
  zeroB: readonly number[];
  zeroY: number;
}

function matMul(s: Shape, q: Quantisation, a: Uint8Array, b: Uint8Array, random?: Random): QuantisedCase {
  const [aType, bType] = q.types;
  const scalar = (dtype: DType) => tensor(dtype, random?.chance(0.5) ? [1] : []);
  const perColumn = (dtype: DType, count: number) => {
    if (count === 1) return scalar(dtype);
    // onnxruntime wants the second operand's shape with its columns shrunk to one element.
    return tensor(dtype, [...s.b.slice(0, -2), 1, count]);
  };
  const constant = random?.chance(0.5) ?? true;
  const tensors = [
    tensor(aType, s.a, random),
    scalar(DType.float32),
    scalar(aType),
    tensor(bType, s.b, random),
    perColumn(DType.float32, q.scales.b.length),
    perColumn(bType, q.zeroB.length),
    scalar(DType.float32),
    scalar(aType),
  ];
  const inputs = [
    a,
    floatBytes([q.scales.a]),
    Uint8Array.of(q.zeroA),
    b,
    floatBytes(q.scales.b),
    Uint8Array.from(q.zeroB),
    floatBytes([q.scales.y]),
    Uint8Array.of(q.zeroY),
  ];
  return {
    scales: q.scales,
    node: { ...equalRow(Opcode.QLinearMatMul), attributes: [], output: tensor(aType, s.y, random), inputs: tensors },
    inputs,
    onnx: { op: "QLinearMatMul" },
    // Kernels for constant operands are not those for computed ones.
    onnxInputs: tensors.map((t, i) => ({ dtype: t.dtype, dims: t.dims, raw: inputs[i], constant: constant && i > 0 })),
    sum(element) {
      const at = unravel(element, s.y);
      const channel = s.b.length === 1 ? 0 : at.pop()!;
      const row = s.a.length === 1 ? 0 : at.pop()!;
      const length = s.a[s.a.length - 1];
      const columns = s.b.length === 1 ? 1 : s.b[s.b.length - 1];
      const matrix = (dims: readonly number[]) =>
        dims.slice(0, -2).reduce((index, dim, i) => index * dim + (dim === 1 ? 0 : at[at.length - (dims.length - 2) + i]), 0);
      const rows = s.a.length === 1 ? 1 : s.a[s.a.length - 2];
      const startA = (matrix(s.a) * rows + row) * length;
      const startB = matrix(s.b) * length * columns + channel;
      const zeroA = integerAt(inputs[2], isSigned(aType), 0);
      const zeroB = integerAt(inputs[5], isSigned(bType), q.zeroB.length === 1 ? 0 : channel);
      let total = 0n;
      for (let k = 0; k < length; k++) {
        const x = integerAt(a, isSigned(aType), startA + k) - zeroA;
        total += BigInt(x * (integerAt(b, isSigned(bType), startB + k * columns) - zeroB));
      }
      return { total, channel };
    },
  };
}

type Draw = (products: number, channels: number, random: Random) => Scales;

function randomCase(random: Random, draw: Draw = random.chance(0.3) ? roundScales : usualScales, s = shape(random)): QuantisedCase {
  const types = random.pick(TYPES);
  // A batch of matrices has a scale per matrix and column, which the compiler refuses, or one for all.
  const columns = s.b.length > 1 && s.b.slice(0, -2).every((dim) => dim === 1) ? s.b[s.b.length - 1] : 1;
  const q: Quantisation = {
    types,
    scales: draw(s.a[s.a.length - 1], random.chance(0.5) ? columns : 1, random),
    zeroA: randomZero(types[0], random),
    zeroB: Array.from({ length: random.chance(0.4) ? columns : 1 }, () => randomZero(types[1], random)),
    zeroY: randomZero(types[0], random),
  };
  return matMul(s, q, randomBytes(sizeOf(s.a), random), randomBytes(sizeOf(s.b), random), random);
}

describe("QLinearMatMul", () => {
  it(`agrees with onnxruntime, the formula and its contract in ${CASES} random cases`, async () => {
    const random = new Random(211);
    expect(await judgeCases(CASES, 1, random, () => randomCase(random))).to.equal(0);
  });

  it("agrees with onnxruntime on long vectors", async () => {
    const random = new Random(212);
    expect(await judgeCases(30, 2, random, () => randomCase(random, usualScales, shape(random, random.int(100, 3000))))).to.equal(0);
  });

  it("wraps around in 32 bits as onnxruntime does", async () => {
    const random = new Random(213);
    const length = 40000;
    // 40,000 · 255² is more than 2^31.
    const q: Quantisation = { types: [DType.uint8, DType.uint8], scales: { a: 1, b: [1], y: 2 ** 24 }, zeroA: 0, zeroB: [0], zeroY: 130 };
    const bytes = (n: number) => new Uint8Array(n).fill(255);
    const c = matMul({ a: [1, length], b: [length, 1], y: [1, 1] }, q, bytes(length), bytes(length));
    expect(c.sum(0).total > 2n ** 31n).to.equal(true);
    expect(await judgeCases(1, 1, random, () => c)).to.equal(0);
  });

  it("never convicts onnxruntime whatever a computed scale is, and is exact, or of a NaN one of three values", async () => {
    const random = new Random(214);
    const fromNaN = await judgeCases(400, 1, random, () => randomCase(random, (_, channels) => wildScales(channels, random)));
    expect(fromNaN).to.be.greaterThan(20).and.lessThan(300);
  });

  it("is never asked for a scale per row: onnxruntime refuses it", async () => {
    const random = new Random(215);
    const c = randomCase(random, usualScales, { a: [3, 4], b: [4, 2], y: [3, 2] });
    const rows = { dtype: DType.float32, dims: [3], raw: floatBytes([1, 1, 1]) };
    const inputs = c.onnxInputs!.map((t, i) => (i === 1 ? rows : t));
    const refused = await honestOutput({ ...c, onnxInputs: inputs }).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    expect(refused).to.contain("scale");
  });

  it("refuses a zero point of another type than its tensor's", () => {
    const random = new Random(218);
    const c = randomCase(random, usualScales, { a: [3, 4], b: [4, 2], y: [3, 2] });
    for (const i of [2, 5, 7]) {
      const inputs = c.node.inputs.map((t, j) => (j === i ? { ...t!, dtype: t!.dtype === DType.int8 ? DType.uint8 : DType.int8 } : t));
      expect(() => new Judge().probe({ ...c, node: { ...c.node, inputs } }, 0, 0n)).to.throw(DTypeUnsupported);
    }
  });

  const zeroScale = (random: Random, y: number) => randomCase(random, (_, channels) => ({ a: 0.5, b: Array<number>(channels).fill(0.25), y }));

  it("saturates either way where the output scale is zero, for its sign was lost when it was committed", () => {
    const random = new Random(219);
    return judgeZeroScale((y) => zeroScale(random, y));
  });

  it("costs at most 20 gas a multiply-accumulate, finding and copying included", async () => {
    const random = new Random(217);
    const spent = async (length: number): Promise<number> => {
      const s = { a: [2, length], b: [length, 2], y: [2, 2] };
      const q: Quantisation = { types: [DType.int8, DType.int8], scales: { a: 1, b: [1], y: 2 ** 16 }, zeroA: 3, zeroB: [0], zeroY: 0 };
      const c = matMul(s, q, randomBytes(2 * length, random), randomBytes(2 * length, random));
      const inputs = c.node.inputs.map((t, i) => (i === 3 ? { ...t!, perm: [1, 0] } : t));
      const judge = new Judge();
      judge.ask({ ...c, node: { ...c.node, inputs } }, 2, 0n);
      await judge.settle();
      return judge.gas[0];
    };
    const once = await spent(1);
    for (const k of [288, 576, 2304]) {
      const each = ((await spent(k)) - once) / k;
      if (process.env.OPG_FIGURES === "1") console.log(`QLinearMatMul, k = ${k}: ${each.toFixed(1)} gas each, ${once} once`);
      expect(each).to.be.at.most(20);
    }
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("QLinearMatMul", async () => {
      const random = new Random(216);
      const picked = [];
      for (let i = 0; i < 8; i++) {
        const wild = i >= 6;
        const c = randomCase(random, wild ? (_, channels) => wildScales(channels, random) : undefined);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const honest = (await honestOutput(c))[element];
        const about = `${wild ? "odd" : "usual"} scales`;
        picked.push(vector(about, c, element, BigInt(honest), true));
        picked.push(vector(`${about}, off by one`, c, element, BigInt((honest + 1) & 0xff), expected(c, element).values.includes((honest + 1) & 0xff)));
      }
      return [...picked, ...zeroScaleVectors(zeroScale(new Random(230), 0))];
    }));
});
