import { expect } from "chai";
import { bitsOf, chainDot, floatOf, sameFloatBits } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { chained, convAttributes, convOnnx, convReads, floatNode, geometry, randomFloats, wrongBits, type Geometry } from "../../support/dots.ts";
import { words } from "../../support/floats.ts";
import { Judge, bitsAt, edge, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

interface ConvCase extends OnnxCase {
  readonly g: Geometry;
}

function conv(random: Random, g = geometry(random)): ConvCase {
  const bias = random.chance(0.6);
  const x = tensor(DType.float32, g.x, random);
  const w = tensor(DType.float32, g.w, random);
  const b = bias ? tensor(DType.float32, [g.w[0]]) : undefined;
  return {
    g,
    node: floatNode(Opcode.Conv, tensor(DType.float32, g.y, random), [x, w, b], convAttributes(g)),
    inputs: [randomFloats(sizeOf(g.x), random), randomFloats(sizeOf(g.w), random), bias ? randomFloats(g.w[0], random) : undefined],
    onnx: { op: "Conv", attributes: convOnnx(g) },
  };
}

/** What a schedule yields, from the definition of ONNX. */
function scheduled(c: ConvCase, element: number, chunk: number, biasFirst: boolean): number {
  const [x, w, b] = c.inputs.map((raw) => (raw === undefined ? undefined : words(raw)));
  const reads = convReads(c.g, element);
  const a = reads.x.map((i) => (i === undefined ? 0 : floatOf(x![i])));
  const filter = Math.floor(element / sizeOf(c.g.y.slice(2))) % c.g.y[1];
  const bias = b === undefined ? 0 : floatOf(b[filter]);
  const schedule = { chunk, alpha: 1, first: biasFirst ? bias : 0, last: biasFirst ? 0 : bias };
  return bitsOf(chainDot(a, reads.w.map((i) => floatOf(w![i])), schedule));
}

describe("Conv", () => {
  it(`bound: never convicts onnxruntime and rejects what lies outside, in ${CASES} random cases`, async () => {
    const random = new Random(101);
    const judge = new Judge();
    let edges = 0;
    for (let i = 0; i < CASES; i++) {
      const c = conv(random);
      const honest = await honestOutput(c);
      const element = random.int(0, sizeOf(c.g.y) - 1);
      const right = Number(bitsAt(honest, DType.float32, element));
      judge.ask(c, element, BigInt(right), true);
      const admits = (bits: number) => judge.ask(c, element, BigInt(bits));
      admits(wrongBits(right, random));
      // A finite result in whose place infinity is inadmissible has an edge on either side.
      if (i % 8 === 0 && (right & 0x7f800000) !== 0x7f800000 && !admits(0x7f800000)) {
        expect(admits(0xff800000)).to.equal(false);
        expect(admits(0x7fc00000)).to.equal(false);
        const outside = edge(right, random.chance(0.5) ? 1 : -1, (bits) => new Judge().ask(c, element, BigInt(bits)));
        judge.ask(c, element, BigInt(outside), false);
        edges++;
      }
    }
    expect(edges).to.be.greaterThan(CASES / 20);
    await judge.settle();
  });

  it(`chain: agrees with the definition for any schedule in ${CASES} random cases, and with onnxruntime`, async () => {
    const random = new Random(102);
    const judge = new Judge();
    let followed = 0;
    for (let i = 0; i < CASES; i++) {
      const c = conv(random);
      const element = random.int(0, sizeOf(c.g.y) - 1);
      const [chunk, biasFirst] = [random.pick([0, 0, 1, 5, 8, 16, 33]), random.chance(0.5)];
      const ruled = { ...c, node: chained(c.node, chunk, biasFirst) };
      const right = scheduled(c, element, chunk, biasFirst);
      judge.ask(ruled, element, BigInt(right), true);
      judge.ask(ruled, element, BigInt(wrongBits(right, random)), false);
      if (i % 4 !== 0) continue;
      // Kernels that do not follow a schedule (depthwise, single columns) get the rule bound from the compiler.
      const honest = words(await honestOutput(c));
      if (!honest.every((bits, e) => sameFloatBits(bits, scheduled(c, e, 0, false)))) continue;
      judge.ask({ ...c, node: chained(c.node, 0, false) }, element, BigInt(honest[element]), true);
      followed++;
    }
    expect(followed).to.be.greaterThan(CASES / 10);
    await judge.settle();
  });

  it("chain: convolutions with several chunks as onnxruntime runs them", async () => {
    const random = new Random(103);
    const judge = new Judge();
    for (const channels of [32, 64, 80]) {
      const x = [1, channels, 8, 8];
      const g: Geometry = {
        x, w: [16, channels, 3, 3], y: [1, 16, 8, 8], group: 1,
        kernel: [3, 3], strides: [1, 1], begin: [1, 1], end: [1, 1], dilations: [1, 1],
      };
      const usual = (n: number) => new Uint8Array(Float32Array.from({ length: n }, () => random.normal()).buffer);
      const base = conv(random, g);
      const c = { ...base, inputs: [usual(sizeOf(g.x)), usual(sizeOf(g.w)), base.inputs[2] && usual(16)] };
      const honest = words(await honestOutput(c));
      const chunk = [0, 128, 256, 512].find((n) => honest.every((bits, e) => sameFloatBits(bits, scheduled(c, e, n, false))));
      expect(chunk, `schedule for ${channels} channels`).to.not.equal(undefined);
      const ruled = { ...c, node: chained(c.node, chunk!, false) };
      for (const element of [0, 7, 500, 1023]) {
        judge.ask(ruled, element, BigInt(honest[element]), true);
        judge.ask(ruled, element, BigInt((honest[element] ^ 1) >>> 0), false);
      }
    }
    await judge.settle();
  });

  it("costs at most 330 gas a multiply-accumulate as a chain and 220 as a bound, window and weights included", async () => {
    const random = new Random(104);
    const spent = async (rule: "chain" | "bound", channels: number, kernel: number): Promise<number> => {
      const g: Geometry = {
        x: [1, channels, 8, 8], w: [4, channels, kernel, kernel], y: [1, 4, 8, 8], group: 1, kernel: [kernel, kernel],
        strides: [1, 1], begin: [1, 1], end: [kernel - 2, kernel - 2], dilations: [1, 1],
      };
      const dense = (n: number, scale: number) => new Uint8Array(Float32Array.from({ length: n }, () => random.normal() * scale).buffer);
      const channelLast = { ...tensor(DType.float32, g.x), perm: [0, 2, 3, 1] };
      const inputs = [channelLast, tensor(DType.float32, g.w), undefined];
      const node = floatNode(Opcode.Conv, tensor(DType.float32, g.y), inputs, convAttributes(g));
      const judge = new Judge();
      judge.ask({ node: rule === "chain" ? chained(node, 0, false) : node, inputs: [dense(sizeOf(g.x), 1), dense(sizeOf(g.w), 0.05), undefined] }, 27, 0n);
      await judge.settle();
      return judge.gas[0];
    };
    for (const [rule, limit] of [["chain", 330], ["bound", 220]] as const) {
      // What a convolution with one product costs: row, views, coordinates.
      const fixed = await spent(rule, 1, 1);
      for (const channels of [32, 64, 128]) {
        const each = ((await spent(rule, channels, 3)) - fixed) / (channels * 9 - 1);
        if (process.env.OPG_FIGURES === "1") console.log(`${rule}, k = ${channels * 9}: ${each.toFixed(1)} gas each, ${fixed} once`);
        expect(each, `${rule}, k = ${channels * 9}`).to.be.at.most(limit);
      }
    }
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Conv", async () => {
      const random = new Random(105);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = conv(random);
        const element = random.int(0, sizeOf(c.g.y) - 1);
        const honest = bitsAt(await honestOutput(c), DType.float32, element);
        picked.push(vector("bound, onnxruntime's value", c, element, honest, true));
        const right = scheduled(c, element, 16, true);
        const ruled = { ...c, node: chained(c.node, 16, true) };
        picked.push(vector("chain of 16, bias first", ruled, element, BigInt(right), true));
        picked.push(vector("chain of 16, bias first, wrong", ruled, element, BigInt(wrongBits(right, random)), false));
      }
      return picked;
    }));
});
