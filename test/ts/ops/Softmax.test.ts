import { expect } from "chai";
import { bitsOf, floatOf } from "../../../core/math/float32.ts";
import { LengthNotJudged } from "../../../core/math/length.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { sizeOf, unravel } from "../../../core/tensor/shape.ts";
import { judgeBounds, judgeHonest, type Expectation } from "../../support/bounds.ts";
import { anyBits, finiteBits, floats, mixedBits, usualBits, values, words } from "../../support/floats.ts";
import { Judge, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

/** Opset 13 normalises one axis, opsets before it everything from `axis` on. */
function softmax(dims: readonly number[], axis: number, opset: 11 | 13, raw: Uint8Array, random?: Random): OnnxCase {
  return {
    node: {
      opcode: Opcode.Softmax, rule: Rule.bound, chunk: 0, flags: 0, attributes: [axis, opset === 13 ? axis + 1 : dims.length],
      output: tensor(DType.float32, dims, random), inputs: [tensor(DType.float32, dims, random)],
    },
    inputs: [raw],
    onnx: { op: "Softmax", attributes: { axis: { int: axis } }, opset },
  };
}

function randomCase(random: Random, bits: () => number): OnnxCase {
  const dims = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
  return softmax(dims, random.int(0, dims.length - 1), random.pick([11, 13]), floats(sizeOf(dims), bits), random);
}

const line = (...v: number[]): OnnxCase => softmax([1, v.length], 1, 13, new Uint8Array(Float32Array.from(v).buffer));

function expectation(c: OnnxCase, element: number): Expectation {
  const { dims } = c.node.output;
  const [start, end] = c.node.attributes;
  const own = unravel(element, dims);
  const x = values(c.inputs[0]!);
  const row = [...x].filter((_, i) => unravel(i, dims).every((v, a) => (a >= start && a < end) || v === own[a]));
  const max = Math.max(...row);
  const n = row.length;
  const terms = row.map((v) => Math.exp(v - max));
  const sum = terms.reduce((a, b) => a + b, 0);
  const weighted = row.reduce((s, v, i) => s + (max - v) * terms[i], 0);
  const y = Math.exp(x[element] - max) / sum;
  const k = max - x[element] + weighted / sum + n + 20 + Math.floor(n ** 2 / 2 ** 23);
  return { exact: y, bound: y * 2 ** -24 * k + n * 2 ** -126 };
}

describe("Softmax", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, and its bound is where it should be in 250 of them`, async () => {
    const random = new Random(621);
    const judge = new Judge();
    let worst = 0;
    for (let i = 0; i < CASES; i++) {
      const scale = random.pick([0.1, 1, 5, 25]);
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
    const random = new Random(622);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const bits = random.pick([() => mixedBits(random), () => finiteBits(random), () => anyBits(random), () => usualBits(random, 60)]);
      const c = randomCase(random, bits);
      await judgeHonest(judge, c, [random.int(0, sizeOf(c.node.output.dims) - 1)]);
    }
    await judge.settle();
  });

  it("admits every element of rows of 1 to 5,000, whatever their shape", async function () {
    this.timeout(300_000);
    const random = new Random(623);
    const judge = new Judge();
    const rows: ((n: number, i: number) => number)[] = [
      () => 3.25, // all equal
      (_, i) => (i === 0 ? 50 : -30), // one dominates
      (_, i) => -i * 0.1, // a slope
      (n, i) => (-110 * i) / n, // down to where e^x vanishes
      () => random.normal(),
      () => random.normal() * 40,
      () => random.normal() * 1e6,
      (_, i) => (i % 2 === 0 ? 1e38 : -1e38) * 3, // differences that overflow
    ];
    let worst = 0;
    for (const n of [1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257, 1000, 1023, 5000])
      for (const make of rows) {
        const c = softmax([1, n], 1, 13, floats(n, (() => { let i = 0; return () => bitsOf(Math.fround(make(n, i++))); })()));
        const honest = words(await honestOutput(c));
        const elements = [0, n - 1, n >> 1, random.int(0, n - 1)];
        for (const element of elements) {
          expect(judge.probe(c, element, BigInt(honest[element])), `${n} elements, ${make}`).to.equal(true);
          const { exact, bound } = expectation(c, element);
          worst = Math.max(worst, Math.abs(floatOf(honest[element]) - exact) / bound);
        }
        if (n <= 257) judge.ask(c, elements[3], BigInt(honest[elements[3]]), true);
      }
    await judge.settle();
    expect(worst).to.be.at.most(1);
  });

  it("knows what stands where e^x vanishes, and that a lone element is 1", async () => {
    const judge = new Judge();
    for (const c of [line(0, -87.3), line(0, -88.5), line(0, -103), line(0, -104), line(0, -200), line(3e38, -3e38), line(1e-45, 0)]) {
      await judgeHonest(judge, c, [0, 1]);
      for (const wrong of [0x3f7ffff0, 0x40000000, 0xbf800000, 0x7f800000, 0x7fc00000]) judge.ask(c, 1, BigInt(wrong), false);
    }
    const lone = line(-7);
    judge.ask(lone, 0, 0x3f800000n, true);
    judge.ask(lone, 0, 0x3f7fff00n, false);
    await judge.settle();
  });

  it("is NaN where the row holds a NaN or +∞, or −∞ only", async () => {
    const judge = new Judge();
    for (const c of [line(Infinity, 0, 1), line(NaN, 0, 1), line(0, -Infinity, Infinity), line(-Infinity, -Infinity, -Infinity), line(1, -Infinity, NaN)]) {
      await judgeHonest(judge, c, [0, 1, 2]);
      for (let element = 0; element < 3; element++) {
        judge.ask(c, element, 0x7fc00000n, true);
        for (const wrong of [0, 0x3f800000, 0x3e800000, 0x7f800000, 0xbf800000]) judge.ask(c, element, BigInt(wrong), false);
      }
    }
    await judge.settle();
  });

  it("counts −∞ as nothing beside a finite maximum, as in a row of attention under a mask", async () => {
    const random = new Random(626);
    const judge = new Judge();
    for (const n of [2, 5, 8, 16, 17, 64, 200]) {
      const masked = Array.from({ length: n }, (_, i) => (i !== 1 && random.chance(0.5) ? -Infinity : random.normal() * 3));
      const c = line(...masked);
      const kept = masked.filter(Number.isFinite);
      const honest = await judgeHonest(judge, c, [0, 1, n - 1]);
      const element = masked.findIndex(Number.isFinite);
      const alone = { ...expectation(line(...kept), 0) };
      // The bound counts all n numbers of the row, masked or not.
      const { exact, bound } = { ...alone, bound: alone.bound + alone.exact * 2 ** -24 * (n - kept.length) };
      judgeBounds(judge, c, element, honest[element], { exact, bound });
      const gone = masked.indexOf(-Infinity);
      if (gone >= 0) {
        judge.ask(c, gone, 0n, true);
        for (const wrong of [0x3f800000, 0x3c000000, 0x7f800000, 0x7fc00000]) judge.ask(c, gone, BigInt(wrong), false);
      }
    }
    await judge.settle();
  });

  it("judges no row of more than 2²⁰ numbers", () => {
    const { node } = softmax([1, 2 ** 20 + 1], 1, 13, new Uint8Array());
    const x = [{ tensor: node.inputs[0]!, bits: () => 0n, u32: () => 0 }];
    expect(() => operatorOf(Opcode.Softmax).admissible(node, 0, 0n, x)).to.throw(LengthNotJudged, "1048577 operands");
  });

  it("costs less than 1,200 gas for each element of the row", async () => {
    const random = new Random(624);
    const judge = new Judge();
    const c = softmax([1, 1000], 1, 13, floats(1000, () => usualBits(random, 3)));
    await judgeHonest(judge, c, [7]);
    await judge.settle();
    expect(judge.gas[0] / 1000).to.be.lessThan(1200);
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Softmax", async () => {
      const random = new Random(625);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = randomCase(random, () => usualBits(random, 3));
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const honest = words(await honestOutput(c))[element];
        const outside = bitsOf(Math.fround(floatOf(honest) + 2.1 * expectation(c, element).bound));
        picked.push(vector("the honest value", c, element, BigInt(honest), true), vector("past the bound", c, element, BigInt(outside), false));
      }
      picked.push(vector("a term that vanishes", line(0, -200), 1, 0n, true));
      const masked = line(-Infinity, 0, 0);
      picked.push(vector("−∞ beside a finite maximum", masked, 0, 0n, true), vector("−∞ beside a finite maximum is no number", masked, 0, 0x3e800000n, false));
      picked.push(vector("the others of such a row", masked, 1, 0x3f000000n, true), vector("the others of such a row, past the bound", masked, 1, 0x3f000040n, false));
      for (const special of [NaN, Infinity]) {
        picked.push(vector(`${special} in the row`, line(special, 0, 0), 1, 0x7fc00000n, true), vector(`${special} in the row leaves no number`, line(special, 0, 0), 1, 0x3f000000n, false));
      }
      return picked;
    }));
});
