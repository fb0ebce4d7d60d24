import { expect } from "chai";
import { floatOf } from "../../../core/math/float32.ts";
import { LengthNotJudged } from "../../../core/math/length.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { offsetOf, rowMajorStrides, sizeOf, unravel } from "../../../core/tensor/shape.ts";
import { judgeBounds, judgeHonest, type Expectation } from "../../support/bounds.ts";
import { floats, finiteBits, mixedBits, usualBits, words } from "../../support/floats.ts";
import { Judge, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

function reduceMean(dims: readonly number[], axes: readonly number[], keep: boolean, raw: Uint8Array, random?: Random): OnnxCase {
  const out = dims.flatMap((d, a) => (axes.includes(a) ? (keep ? [1] : []) : [d]));
  return {
    node: {
      opcode: Opcode.ReduceMean, rule: Rule.bound, chunk: 0, flags: 0, attributes: axes,
      output: tensor(DType.float32, out, random), inputs: [tensor(DType.float32, dims, random)],
    },
    inputs: [raw],
    onnx: { op: "ReduceMean", attributes: { axes: { ints: axes }, keepdims: { int: keep ? 1 : 0 } }, opset: 13 },
  };
}

function globalAveragePool(dims: readonly number[], raw: Uint8Array, random?: Random): OnnxCase {
  const c = reduceMean(dims, dims.map((_, a) => a).slice(2), true, raw, random);
  return { ...c, onnx: { op: "GlobalAveragePool" } };
}

function randomCase(random: Random, bits: () => number): OnnxCase {
  const dims = Array.from({ length: random.int(1, 4) }, () => random.int(1, 7));
  if (dims.length > 2 && random.chance(0.4)) return globalAveragePool(dims, floats(sizeOf(dims), bits), random);
  const some = dims.map((_, a) => a).filter(() => random.chance(0.5));
  const axes = some.length > 0 ? some : [random.int(0, dims.length - 1)];
  return reduceMean(dims, axes, random.chance(0.5), floats(sizeOf(dims), bits), random);
}

/** The elements that one output is the mean of, from the definition. */
function row(c: OnnxCase, element: number): number[] {
  const { dims } = c.node.inputs[0]!;
  const axes = c.node.attributes;
  const out = unravel(element, c.node.output.dims);
  const keep = out.length === dims.length;
  const strides = rowMajorStrides(dims);
  const x = words(c.inputs[0]!);
  return [...x.keys()]
    .filter((i) => {
      const at = unravel(i, dims);
      const left = at.map((v, a) => (axes.includes(a) ? 0 : v)).filter((_, a) => keep || !axes.includes(a));
      return left.every((v, a) => v === out[a]) && offsetOf(at, strides) === i;
    })
    .map((i) => floatOf(x[i]));
}

function expectation(values: readonly number[]): Expectation {
  const n = values.length;
  const k = n + 3 + Math.floor((n + 1) ** 2 / 2 ** 23);
  const size = values.reduce((sum, v) => sum + Math.abs(v), 0) / n;
  return { exact: values.reduce((sum, v) => sum + v, 0) / n, bound: k * 2 ** -24 * size + 2 ** -126 };
}

describe("ReduceMean", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, and its bound is where it should be in 250 of them`, async () => {
    const random = new Random(601);
    const judge = new Judge();
    let worst = 0;
    for (let i = 0; i < CASES; i++) {
      const scale = 10 ** random.int(-3, 3);
      const c = randomCase(random, () => usualBits(random, scale));
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const honest = words(await honestOutput(c))[element];
      if (i % 4 !== 0) judge.ask(c, element, BigInt(honest), true);
      else worst = Math.max(worst, judgeBounds(judge, c, element, honest, expectation(row(c, element))));
    }
    await judge.settle();
    expect(worst).to.be.greaterThan(0.01).and.at.most(1);
  });

  it(`admits every honest result on extreme numbers: ${CASES} cases`, async () => {
    const random = new Random(602);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const c = randomCase(random, random.chance(0.5) ? () => mixedBits(random) : () => finiteBits(random));
      await judgeHonest(judge, c, [random.int(0, sizeOf(c.node.output.dims) - 1)]);
    }
    await judge.settle();
  });

  it("admits every honest result where numbers cancel or are of one size, up to 6,000 of them", async () => {
    const random = new Random(603);
    const judge = new Judge();
    for (const n of [2, 3, 16, 17, 100, 1000, 6000]) {
      for (const power of [0, 30, 100, 125, -120, -148]) {
        let sign = 1;
        const c = reduceMean([1, n], [1], true, floats(n, () => new Uint32Array(Float32Array.of((sign = -sign) * (1 + random.unit()) * 2 ** power).buffer)[0]));
        await judgeHonest(judge, c, [0]);
      }
    }
    await judge.settle();
  });

  it("admits infinities and NaN where a partial sum may overflow or a number is none, and only there", async () => {
    const judge = new Judge();
    const of = (...bits: number[]): OnnxCase => {
      const pool = [...bits];
      return reduceMean([1, bits.length], [1], true, floats(bits.length, () => pool.shift()!));
    };
    const large = of(0x7f7fffff, 0xff7fffff, 0x7f7fffff, 0xff7fffff);
    await judgeHonest(judge, large, [0]);
    for (const any of [0, 0x7f800000, 0xff800000, 0x7fc00000, 0x3f800000]) judge.ask(large, 0, BigInt(any), true);
    for (const wrong of [0x7f000000, 0xff000000, 0x7f7fffff, 0x75000000]) judge.ask(large, 0, BigInt(wrong), false);
    const below = of(0x7e7fffff, 0x7e7fffff); // less than 2^126 each
    await judgeHonest(judge, below, [0]);
    for (const wrong of [0x7f800000, 0xff800000, 0x7fc00000, 0x7e800010, 0]) judge.ask(below, 0, BigInt(wrong), false);
    // An infinity stays one or meets its opposite; a NaN stays one.
    for (const special of [[0x7f800000], [0xff800000], [0x7fc00000], [0x7f800000, 0xff800000], [0x7f800000, 0x7f800000], [0xff800000, 0x7fc00001]]) {
      const c = of(...special, 0x3f800000);
      await judgeHonest(judge, c, [0]);
      for (const other of [0xff800000, 0x7f800000]) judge.ask(c, 0, BigInt(other), special.every((bits) => bits === other));
      judge.ask(c, 0, 0x7fc00000n, true);
      for (const finite of [0, 0x3f800000, 0x3f000000, 0x7f7fffff]) judge.ask(c, 0, BigInt(finite), false);
    }
    await judge.settle();
  });

  it("judges no mean of nothing and none of more than 2²² numbers, alone or in pieces", () => {
    const { admissible, reduction } = operatorOf(Opcode.ReduceMean);
    for (const n of [0, 2 ** 22 + 1]) {
      const { node } = reduceMean([1, n], [1], true, new Uint8Array());
      const x = [{ tensor: node.inputs[0]!, bits: () => 0n, u32: () => 0 }];
      expect(() => admissible(node, 0, 0n, x)).to.throw(LengthNotJudged, `${n} operands`);
      if (n > 0) expect(() => reduction!.accumulate(node, 0, "0x", 1, x)).to.throw(LengthNotJudged, `${n} operands`);
    }
  });

  it("costs less than 400 gas for each element", async () => {
    const random = new Random(604);
    const judge = new Judge();
    const c = reduceMean([1, 4096], [1], true, floats(4096, () => usualBits(random)));
    await judgeHonest(judge, c, [0]);
    await judge.settle();
    expect(judge.gas[0] / 4096).to.be.lessThan(400);
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("ReduceMean", async () => {
      const random = new Random(605);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = randomCase(random, () => usualBits(random));
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const honest = words(await honestOutput(c))[element];
        const { bound } = expectation(row(c, element));
        const outside = new Uint32Array(Float32Array.of(floatOf(honest) + 2.1 * bound).buffer)[0];
        picked.push(vector(`${c.onnx.op}`, c, element, BigInt(honest), true), vector(`${c.onnx.op}, past the bound`, c, element, BigInt(outside), false));
      }
      const pair = (a: number, b: number) => reduceMean([1, 2], [1], true, new Uint8Array(Float32Array.of(a, b).buffer));
      for (const special of [NaN, Infinity]) {
        for (const left of [0x7fc00000n, 0x7f800000n]) picked.push(vector(`1 and ${special}`, pair(1, special), 0, left, left === 0x7fc00000n || special === Infinity));
        for (const number of [0n, 0x3f000000n]) picked.push(vector(`1 and ${special} leave no number`, pair(1, special), 0, number, false));
      }
      picked.push(vector("±3e38 may overflow", pair(3e38, -3e38), 0, 0x7f800000n, true), vector("±3e38 cancel within the bound", pair(3e38, -3e38), 0, 0n, true));
      picked.push(vector("±3e38, past the bound", pair(3e38, -3e38), 0, 0x7e000000n, false));
      return picked;
    }));
});
