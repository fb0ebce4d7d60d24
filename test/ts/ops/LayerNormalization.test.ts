import { expect } from "chai";
import { bitsOf, floatOf } from "../../../core/math/float32.ts";
import { LengthNotJudged } from "../../../core/math/length.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { judgeBounds, judgeHonest, type Expectation } from "../../support/bounds.ts";
import { finiteBits, mixedBits, usualBits, values, words } from "../../support/floats.ts";
import { Judge, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const EPSILON = Math.fround(1e-5);

function layer(dims: readonly number[], axis: number, x: readonly number[], scale: readonly number[], bias?: readonly number[], epsilon = EPSILON, random?: Random): OnnxCase {
  const inputs = [x, scale, bias].map((v) => v && new Uint8Array(Float32Array.from(v).buffer));
  const of = tensor(DType.float32, dims.slice(axis), random);
  const attributes = { axis: { int: axis }, epsilon: { float: epsilon } };
  return {
    node: {
      opcode: Opcode.LayerNormalization, rule: Rule.bound, chunk: 0, flags: 0, attributes: [axis, bitsOf(epsilon) | 0],
      output: tensor(DType.float32, dims, random), inputs: [tensor(DType.float32, dims, random), of, bias && of],
    },
    inputs, onnx: { op: "LayerNormalization", attributes, opset: 17 },
  };
}

const draw = (n: number, bits: () => number): number[] => Array.from({ length: n }, () => floatOf(bits()));

function randomCase(random: Random, bits: () => number): OnnxCase {
  const dims = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
  const axis = random.int(0, dims.length - 1);
  const n = sizeOf(dims.slice(axis));
  return layer(dims, axis, draw(sizeOf(dims), bits), draw(n, bits), random.chance(0.7) ? draw(n, bits) : undefined, Math.fround(random.pick([1e-5, 1e-12, 0.1])), random);
}

/** Two numbers with one scale and bias. */
const line = (x: readonly [number, number], g = 1, b = 0): OnnxCase => layer([2], 0, x, [g, g], [b, b]);

/** The rule in binary64. */
function expectation(c: OnnxCase, element: number): Expectation {
  const [x, scale, bias] = c.inputs.map((raw) => raw && values(raw));
  const n = scale!.length;
  const row = [...x!.subarray(element - (element % n), element - (element % n) + n)];
  const mean = row.reduce((a, b) => a + b, 0) / n;
  const epsilon = floatOf(c.node.attributes[1]);
  const sigma = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / n + epsilon);
  const [g, b, distance] = [scale![element % n], bias?.[element % n] ?? 0, x![element] - mean];
  const off = (2 * n + 8) * 2 ** -24 * (row.reduce((a, v) => a + Math.abs(v), 0) / n + 2 ** -102);
  const [s, z] = 4 * off <= sigma ? [sigma - 1.25 * off, distance / sigma] : [Math.sqrt(epsilon), 0];
  const reach = ((Math.abs(distance) + off) / s) * (1 + (n + 32) * 2 ** -25);
  const bound = Math.abs(g) * (reach - Math.abs(z)) + 2 ** -23 * Math.abs(b) + (reach + Math.abs(g) + 4) * 2 ** -126;
  return { exact: g * z + b, bound };
}

describe("LayerNormalization", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, and its bound is where it should be in 250 of them`, async () => {
    const random = new Random(641);
    const judge = new Judge();
    let worst = 0;
    for (let i = 0; i < CASES; i++) {
      const scale = random.pick([0.1, 1, 100]);
      const c = randomCase(random, () => usualBits(random, scale));
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const honest = words(await honestOutput(c))[element];
      if (i % 4 !== 0) judge.ask(c, element, BigInt(honest), true);
      else worst = Math.max(worst, judgeBounds(judge, c, element, honest, expectation(c, element)));
    }
    await judge.settle();
    expect(worst).to.be.greaterThan(0.01).and.at.most(1);
  });

  it(`admits every honest result on extreme numbers: ${CASES} cases`, async () => {
    const random = new Random(642);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const bits = random.pick([() => mixedBits(random), () => finiteBits(random), () => bitsOf(random.normal() * 2 ** 62), () => bitsOf(random.normal() * 2 ** -140)]);
      const c = randomCase(random, bits);
      await judgeHonest(judge, c, [random.int(0, sizeOf(c.node.output.dims) - 1)]);
    }
    await judge.settle();
  });

  it("admits every element of rows of 1 to 1,024, and no lie beyond twice the bound", async function () {
    this.timeout(300_000);
    const random = new Random(643);
    const judge = new Judge();
    const rows: ((n: number, i: number) => number)[] = [
      () => random.normal(),
      () => random.normal() * 2 ** 55,
      () => random.normal() * 2 ** -55,
      () => 1e4 + random.normal(), // mean ≫ σ
      () => 12345.678, // constant
      (_, i) => (i === 0 ? 1e6 : random.normal()),
      () => random.normal() * 2 ** -140,
      () => (random.unit() - 0.5) * 6e38, // squares overflow
    ];
    let worst = 0;
    // Shorter than eight numbers onnxruntime takes Welford's one pass, else two.
    for (const n of [1, 2, 3, 5, 7, 8, 9, 16, 33, 100, 256, 768, 1024])
      for (const make of rows) {
        const [scale, bias] = [0, 1].map(() => draw(n, () => usualBits(random)));
        const c = layer([1, n], 1, Array.from({ length: n }, (_, i) => make(n, i)), scale, bias);
        const honest = words(await honestOutput(c));
        for (const element of new Set([0, n - 1, n >> 1, random.int(0, n - 1)])) {
          expect(judge.probe(c, element, BigInt(honest[element])), `${n} elements, ${make}`).to.equal(true);
          const { exact, bound } = expectation(c, element);
          if (make === rows.at(-1)) continue; // b is left of everything
          worst = Math.max(worst, Math.abs(floatOf(honest[element]) - exact) / bound);
          const lie = bitsOf(floatOf(honest[element]) + 2.1 * bound);
          if (bound > 2 ** -100) expect(judge.probe(c, element, BigInt(lie)), `a lie, ${n} elements, ${make}`).to.equal(false);
          if (n <= 256) judge.ask(c, element, BigInt(honest[element]), true);
        }
      }
    await judge.settle();
    expect(worst).to.be.at.most(1);
  });

  it("knows what comes of NaN, infinities and overflow", async () => {
    const judge = new Judge();
    const cases: [c: OnnxCase, admitted: readonly number[], refused: readonly number[]][] = [
      [line([1, NaN]), [NaN], [0, 1, Infinity]],
      [line([1, Infinity]), [NaN], [0, 1, Infinity]],
      [line([1, 2], 1, NaN), [NaN], [0, 1, Infinity]],
      [line([1, 2], Infinity), [NaN, Infinity, -Infinity], [0, -1]],
      [line([1, 2], 1, -Infinity), [NaN, -Infinity], [0, -1, Infinity]],
      [line([2 ** 100, 0], 1, 3), [3], [4, 2, NaN, Infinity]], // a sum of squares overflows
      [line([2 ** 127, 0], 1, 3), [3, NaN], [4, Infinity]], // a partial sum may
      [line([2 ** 64, 0], 1, 3), [3, 4], [2, NaN, Infinity]],
      [line([1, -1], 2 ** 127, 2 ** 127), [Infinity], [NaN, 2 ** 127]],
      [line([5, 5], 7, 3), [3], [3.1, NaN]],
    ];
    for (const [c, admitted, refused] of cases) {
      await judgeHonest(judge, c, [0, 1]);
      for (const value of admitted) judge.ask(c, 0, BigInt(bitsOf(value)), true);
      for (const value of refused) judge.ask(c, 0, BigInt(bitsOf(value)), false);
    }
    await judge.settle();
  });

  it("judges no row of more than 2¹³ numbers, and no epsilon that is not between 2⁻¹⁰⁰ and 1", () => {
    const none = { bits: () => 0n, u32: () => 0 };
    const judged = ({ node }: OnnxCase): boolean => operatorOf(node.opcode).admissible(node, 0, 0n, node.inputs.map((t) => t && { tensor: t, ...none }));
    expect(() => judged(layer([2 ** 13 + 1], 0, [], []))).to.throw(LengthNotJudged, "8193 operands");
    for (const epsilon of [0, -1, 2 ** -101, 1.5, NaN, Infinity]) expect(() => judged(layer([2], 0, [], [], undefined, epsilon))).to.throw(RangeError, "epsilon");
    for (const epsilon of [2 ** -100, 1]) expect(judged(layer([2], 0, [], [], undefined, epsilon))).to.equal(true);
  });

  it("costs less than 600 gas for each element of a long row", async () => {
    const random = new Random(644);
    const judge = new Judge();
    const [x, scale, bias] = [0, 1, 2].map(() => draw(768, () => usualBits(random)));
    await judgeHonest(judge, layer([768], 0, x, scale, bias), [7]);
    await judge.settle();
    expect(judge.gas[0] / 768).to.be.lessThan(600);
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("LayerNormalization", async () => {
      const random = new Random(645);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = randomCase(random, () => usualBits(random));
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const honest = words(await honestOutput(c))[element];
        const outside = bitsOf(floatOf(honest) + 2.1 * expectation(c, element).bound);
        picked.push(vector("the honest value", c, element, BigInt(honest), true), vector("past the bound", c, element, BigInt(outside), false));
      }
      for (const [about, c, value] of [["a NaN", line([1, NaN]), NaN], ["a sum of squares that overflows", line([2 ** 100, 0], 1, 3), 3]] as const) {
        picked.push(vector(about, c, 0, BigInt(bitsOf(value)), true), vector(`${about}, another number`, c, 0, BigInt(bitsOf(4)), false));
      }
      return picked;
    }));
});
