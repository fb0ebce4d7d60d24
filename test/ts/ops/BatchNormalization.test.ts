import { expect } from "chai";
import { bitsOf, floatOf } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { sizeOf, unravel } from "../../../core/tensor/shape.ts";
import { judgeBounds, judgeHonest, type Expectation } from "../../support/bounds.ts";
import { finiteBits, floats, mixedBits, usualBits, values, words } from "../../support/floats.ts";
import { Judge, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

interface Bits {
  x: () => number;
  scale: () => number;
  bias: () => number;
  mean: () => number;
  variance: () => number;
  epsilon: number;
}

function batchNormalization(dims: readonly number[], b: Bits, random?: Random): OnnxCase {
  const channels = dims[1];
  const per = tensor(DType.float32, [channels]);
  const epsilon = floatOf(b.epsilon);
  return {
    node: {
      opcode: Opcode.BatchNormalization, rule: Rule.bound, chunk: 0, flags: 0, attributes: [b.epsilon | 0],
      output: tensor(DType.float32, dims, random), inputs: [tensor(DType.float32, dims, random), per, per, per, per],
    },
    inputs: [floats(sizeOf(dims), b.x), floats(channels, b.scale), floats(channels, b.bias), floats(channels, b.mean), floats(channels, b.variance)],
    onnx: { op: "BatchNormalization", attributes: { epsilon: { float: epsilon } }, opset: 15 },
  };
}

const shape = (random: Random): number[] => [random.int(1, 3), random.int(1, 5), ...Array.from({ length: random.int(0, 3) }, () => random.int(1, 4))];
const ordinary = (random: Random): Bits => {
  const scale = 10 ** random.int(-2, 2);
  return {
    x: () => usualBits(random, scale), scale: () => usualBits(random), bias: () => usualBits(random), mean: () => usualBits(random, scale),
    variance: () => usualBits(random, scale * scale) & 0x7fffffff, epsilon: random.pick([0x3727c5ac, 0x3a83126f, 0x33d6bf95]),
  };
};

/** The rule in binary64. */
function expectation(c: OnnxCase, element: number): Expectation {
  const channel = unravel(element, c.node.output.dims)[1];
  const [x, g, b, m, v] = c.inputs.map((raw, i) => values(raw!)[i === 0 ? element : channel]);
  const s = g / Math.sqrt(v + floatOf(c.node.attributes[0] >>> 0));
  return { exact: (x - m) * s + b, bound: 10 * 2 ** -24 * (Math.abs(x * s) + Math.abs(m * s) + Math.abs(b)) + (Math.abs(x) + Math.abs(m) + 4) * 2 ** -126 };
}

const one = (x: number, scale: number, bias: number, mean: number, variance: number, epsilon: number): OnnxCase => {
  const f = (v: number) => () => bitsOf(Math.fround(v));
  return batchNormalization([1, 1], { x: f(x), scale: f(scale), bias: f(bias), mean: f(mean), variance: f(variance), epsilon: bitsOf(Math.fround(epsilon)) });
};

describe("BatchNormalization", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, and its bound is where it should be in 250 of them`, async () => {
    const random = new Random(611);
    const judge = new Judge();
    let worst = 0;
    for (let i = 0; i < CASES; i++) {
      const c = batchNormalization(shape(random), ordinary(random), random);
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const honest = words(await honestOutput(c))[element];
      if (i % 4 !== 0) judge.ask(c, element, BigInt(honest), true);
      else worst = Math.max(worst, judgeBounds(judge, c, element, honest, expectation(c, element)));
    }
    await judge.settle();
    expect(worst).to.be.greaterThan(0.1).and.at.most(1);
  });

  it("admits every honest result on extreme numbers: 600 cases", async () => {
    const random = new Random(612);
    const judge = new Judge();
    for (let i = 0; i < 600; i++) {
      const bits = random.chance(0.5) ? () => finiteBits(random) : () => mixedBits(random);
      const variance = random.chance(0.8) ? () => bits() & 0x7fffffff : bits;
      const epsilon = random.chance(0.5) ? 0x3727c5ac : bits();
      // onnxruntime takes no NaN for the attribute's default; any finite number will do.
      const c = batchNormalization(shape(random), { x: bits, scale: bits, bias: bits, mean: bits, variance, epsilon: (epsilon & 0x7f800000) === 0x7f800000 ? 0 : epsilon }, random);
      await judgeHonest(judge, c, [random.int(0, sizeOf(c.node.output.dims) - 1)]);
    }
    await judge.settle();
  });

  it("admits every honest result where the factor or the result is subnormal or nearly overflows: 400 cases", async () => {
    const random = new Random(613);
    const judge = new Judge();
    const near = (low: number, high: number) => () => bitsOf(Math.fround(random.normal() * 2 ** random.int(low, high)));
    for (let i = 0; i < 400; i++) {
      const c = random.chance(0.5)
        ? batchNormalization(shape(random), { x: near(0, 126), scale: near(-149, -110), bias: near(-149, -20), mean: near(0, 126), variance: () => near(-10, 60)() & 0x7fffffff, epsilon: 0 }, random)
        : batchNormalization(shape(random), { x: near(100, 127), scale: near(-5, 40), bias: near(100, 127), mean: near(100, 127), variance: () => near(-10, 60)() & 0x7fffffff, epsilon: 0x3727c5ac }, random);
      await judgeHonest(judge, c, [random.int(0, sizeOf(c.node.output.dims) - 1)]);
    }
    await judge.settle();
  });

  it("is an infinity or a NaN where a root or a factor has no value, and may be where one may overflow", async () => {
    const judge = new Judge();
    const broken = [one(1, 1, 0, 0, 0, 0), one(1, 1, 0, 0, -1, 0.5), one(1, 3e38, 0, 0, 1e-20, 0), one(1, Infinity, 0, 0, 1, 0)];
    const maybe = [one(1e-30, 1, 0, 0, 1e-39, 0), one(3e38, 1, 0, -3e38, 1, 0), one(0, 3e38, 0, 0, 1, 0)];
    for (const c of [...broken, ...maybe]) {
      await judgeHonest(judge, c, [0]);
      for (const claimed of [0x7f800000, 0xff800000, 0x7fc00000]) judge.ask(c, 0, BigInt(claimed), true);
      for (const claimed of [0x3f800000, 0xbf800000, 0x7e000000]) judge.ask(c, 0, BigInt(claimed), false);
    }
    for (const c of broken) judge.ask(c, 0, 0n, false);
    judge.ask(maybe[2], 0, 0n, true);
    // An infinity of X, mean or B stays one of its sign, or meets its opposite.
    const infinite: [OnnxCase, ...number[]][] = [
      [one(Infinity, 1, 0, 0, 1, 0), 0x7f800000],
      [one(Infinity, -1, 0, 0, 1, 0), 0xff800000],
      [one(1, 1, 0, -Infinity, 1, 0), 0x7f800000],
      [one(1, 1, -Infinity, 0, 1, 0), 0xff800000],
      [one(Infinity, 1, -Infinity, 0, 1, 0)],
      [one(Infinity, 0, 0, 0, 1, 0)],
    ];
    for (const [c, ...possible] of infinite) {
      await judgeHonest(judge, c, [0]);
      for (const claimed of [0x7f800000, 0xff800000]) judge.ask(c, 0, BigInt(claimed), possible.includes(claimed));
      for (const claimed of [0, 0x3f800000, 0xbf800000]) judge.ask(c, 0, BigInt(claimed), false);
      judge.ask(c, 0, 0x7fc00000n, true);
    }
    await judge.settle();
  });

  it("leaves B of everything where var + ε is infinite, and a NaN of every NaN", async () => {
    const judge = new Judge();
    for (const c of [one(1, 1, 2.5, 3, 3e38, 3e38), one(1, 1, 2.5, 3, Infinity, 0), one(3e38, 3e38, 2.5, -3e38, 3e38, 1e38)]) {
      await judgeHonest(judge, c, [0]);
      judge.ask(c, 0, 0x40200000n, true);
      for (const claimed of [0x40200001, 0, 0x7f800000, 0x7fc00000]) judge.ask(c, 0, BigInt(claimed), false);
    }
    for (const c of [one(NaN, 1, 0, 0, 1, 0), one(1, NaN, 0, 0, 1, 0), one(1, 1, NaN, 0, Infinity, 0), one(1, 1, 0, NaN, 1, 0), one(1, 1, 0, 0, NaN, 0), one(1, 1, 0, 0, -Infinity, 0)]) {
      await judgeHonest(judge, c, [0]);
      judge.ask(c, 0, 0x7fc00000n, true);
      for (const claimed of [0, 0x3f800000, 0x7f800000, 0xff800000]) judge.ask(c, 0, BigInt(claimed), false);
    }
    await judge.settle();
  });

  it("admits nothing but finite numbers within the bound between", async () => {
    const judge = new Judge();
    const bound = [one(1, 1, 0, 0, 1.2e-38, 0), one(1, 1, 0, 0, 1e38, 1e37), one(2e37, 1, 0, -2e37, 1, 0), one(1, 0, 0, 0, 1, 0)];
    for (const c of bound) {
      await judgeHonest(judge, c, [0]);
      for (const wrong of [0xbf800000, 0x7f800000, 0x7fc00000]) judge.ask(c, 0, BigInt(wrong), false);
    }
    await judge.settle();
  });

  it("cancels var + ε exactly", async () => {
    const judge = new Judge();
    const c = one(1, 1, 0, 0, -0.00001, 0.000011);
    const [honest] = await judgeHonest(judge, c, [0]);
    judgeBounds(judge, c, 0, honest, expectation(c, 0));
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("BatchNormalization", async () => {
      const random = new Random(614);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = batchNormalization(shape(random), ordinary(random), random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const honest = words(await honestOutput(c))[element];
        const outside = bitsOf(Math.fround(floatOf(honest) + 2.1 * expectation(c, element).bound));
        picked.push(vector("the honest value", c, element, BigInt(honest), true), vector("past the bound", c, element, BigInt(outside), false));
      }
      picked.push(vector("a subnormal factor", one(1e30, 1e-40, 0, 0, 1, 0), 0, BigInt(bitsOf(Math.fround(9.999946010141869e-11))), true));
      picked.push(vector("var + ε = 0", one(1, 1, 0, 0, 0, 0), 0, 0x7fc00000n, true));
      picked.push(vector("var + ε = 0, a number", one(1, 1, 0, 0, 0, 0), 0, 0x3f800000n, false));
      for (const c of [one(1, 1, 2.5, 3, Infinity, 0), one(1, 1, 2.5, 3, 3e38, 3e38)]) {
        picked.push(vector("var + ε = ∞ leaves B", c, 0, 0x40200000n, true), vector("var + ε = ∞ leaves nothing else", c, 0, 0n, false));
      }
      picked.push(vector("a NaN", one(NaN, 1, 0, 0, 1, 0), 0, 0x7fc00000n, true), vector("a NaN, an infinity", one(NaN, 1, 0, 0, 1, 0), 0, 0x7f800000n, false));
      picked.push(vector("a term of 2^126, a number", one(2 ** 126, 1, 0, 0, 1, 0), 0, 0x3f800000n, false), vector("a term of 2^126, NaN", one(2 ** 126, 1, 0, 0, 1, 0), 0, 0x7fc00000n, true));
      return picked;
    }));
});
