import { expect } from "chai";
import { bitsOf, chainDot, floatOf, sameFloatBits } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { chained, drawer, floatNode, randomFloats, wrongBits } from "../../support/dots.ts";
import { words } from "../../support/floats.ts";
import { Judge, bitsAt, edge, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

interface GemmCase extends OnnxCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function gemm(random: Random, m = random.int(1, 5), n = random.int(1, 6), k = random.int(1, 40), draw?: () => Uint8Array): GemmCase {
  const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
  const factor = () => random.pick([0x3f800000, 0x3f800000, 0, bitsOf(0.5), bitsOf(random.normal()), drawer(random)()]);
  const [alpha, beta] = [factor(), factor()];
  const c = random.pick([undefined, [], [1], [n], [m, 1], [1, n], [m, n], [1, 1]]);
  const inputs = [
    tensor(DType.float32, transA === 1 ? [k, m] : [m, k], random),
    tensor(DType.float32, transB === 1 ? [n, k] : [k, n], random),
    c === undefined ? undefined : tensor(DType.float32, c, random),
  ];
  return {
    m, n, k,
    node: floatNode(Opcode.Gemm, tensor(DType.float32, [m, n], random), inputs, [transA, transB, alpha | 0, beta | 0]),
    inputs: inputs.map((t) => (t === undefined ? undefined : draw === undefined ? randomFloats(sizeOf(t.dims), random) : draw().subarray(0, 4 * sizeOf(t.dims)))),
    onnx: {
      op: "Gemm",
      attributes: { transA: { int: transA }, transB: { int: transB }, alpha: { float: floatOf(alpha) }, beta: { float: floatOf(beta) } },
    },
  };
}

/** What a schedule yields, from the definition of ONNX. */
function scheduled(c: GemmCase, element: number, chunk: number, biasFirst: boolean): number {
  const [transA, transB, alpha, beta] = c.node.attributes;
  const [a, b, bias] = c.inputs.map((raw) => (raw === undefined ? undefined : words(raw)));
  const [row, column] = [Math.floor(element / c.n), element % c.n];
  const ks = Array.from({ length: c.k }, (_, k) => k);
  const x = ks.map((k) => floatOf(a![transA === 1 ? k * c.m + row : row * c.k + k]));
  const w = ks.map((k) => floatOf(b![transB === 1 ? column * c.k + k : k * c.n + column]));
  let added = 0;
  if (bias !== undefined && floatOf(beta) !== 0) {
    const dims = c.node.inputs[2]!.dims;
    const [rows, columns] = dims.length === 2 ? dims : [1, dims[0] ?? 1];
    added = Math.fround(floatOf(beta) * floatOf(bias[(rows === 1 ? 0 : row * columns) + (columns === 1 ? 0 : column)]));
  }
  const schedule = { chunk, alpha: floatOf(alpha), first: biasFirst ? added : 0, last: biasFirst ? 0 : added };
  return bitsOf(chainDot(x, w, schedule));
}

describe("Gemm", () => {
  it(`bound: never convicts onnxruntime and rejects what lies outside, in ${CASES} random cases`, async () => {
    const random = new Random(111);
    const judge = new Judge();
    let edges = 0;
    for (let i = 0; i < CASES; i++) {
      const c = gemm(random);
      const honest = await honestOutput(c);
      const element = random.int(0, c.m * c.n - 1);
      const right = Number(bitsAt(honest, DType.float32, element));
      judge.ask(c, element, BigInt(right), true);
      judge.ask(c, element, BigInt(wrongBits(right, random)));
      if (i % 8 !== 0 || (right & 0x7f800000) === 0x7f800000 || new Judge().ask(c, element, 0x7f800000n)) continue;
      judge.ask(c, element, 0xff800000n, false);
      judge.ask(c, element, 0x7fc00000n, false);
      const outside = edge(right, random.chance(0.5) ? 1 : -1, (bits) => new Judge().ask(c, element, BigInt(bits)));
      judge.ask(c, element, BigInt(outside), false);
      edges++;
    }
    expect(edges).to.be.greaterThan(CASES / 34);
    await judge.settle();
  });

  it(`chain: agrees with the definition for any schedule in ${CASES} random cases, and with onnxruntime`, async () => {
    const random = new Random(112);
    const judge = new Judge();
    let followed = 0;
    for (let i = 0; i < CASES; i++) {
      const c = gemm(random);
      const element = random.int(0, c.m * c.n - 1);
      const [chunk, biasFirst] = [random.pick([0, 0, 1, 5, 8, 16, 33]), random.chance(0.5)];
      const ruled = { ...c, node: chained(c.node, chunk, biasFirst) };
      const right = scheduled(c, element, chunk, biasFirst);
      judge.ask(ruled, element, BigInt(right), true);
      judge.ask(ruled, element, BigInt(wrongBits(right, random)), false);
      if (i % 4 !== 0) continue;
      // Products of one row or column may take another kernel; the compiler gives them the rule bound.
      const honest = words(await honestOutput(c));
      if (!honest.every((bits, e) => sameFloatBits(bits, scheduled(c, e, 0, true)))) {
        expect(Math.min(c.m, c.n)).to.equal(1);
        continue;
      }
      judge.ask({ ...c, node: chained(c.node, 0, true) }, element, BigInt(honest[element]), true);
      followed++;
    }
    expect(followed).to.be.greaterThan(CASES / 7);
    await judge.settle();
  });

  it("chain: products in several chunks with alpha, beta and C as onnxruntime runs them", async () => {
    const random = new Random(113);
    const judge = new Judge();
    for (let i = 0; i < 8; i++) {
      const usual = () => new Uint8Array(Float32Array.from({ length: 33 * 700 }, () => random.normal()).buffer);
      const c = gemm(random, 4, 33, 700, usual);
      const honest = words(await honestOutput(c));
      const chunk = [0, 128, 256, 512].find((length) => honest.every((bits, e) => sameFloatBits(bits, scheduled(c, e, length, true))));
      expect(chunk, JSON.stringify(c.node.attributes)).to.not.equal(undefined);
      const ruled = { ...c, node: chained(c.node, chunk!, true) };
      for (const element of [0, 34, 131]) {
        judge.ask(ruled, element, BigInt(honest[element]), true);
        judge.ask(ruled, element, BigInt((honest[element] ^ 1) >>> 0), sameFloatBits(honest[element], 0));
      }
    }
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Gemm", async () => {
      const random = new Random(115);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = gemm(random);
        const element = random.int(0, c.m * c.n - 1);
        picked.push(vector("bound, onnxruntime's value", c, element, bitsAt(await honestOutput(c), DType.float32, element), true));
        const right = scheduled(c, element, 16, true);
        const ruled = { ...c, node: chained(c.node, 16, true) };
        picked.push(vector("chain of 16, bias first", ruled, element, BigInt(right), true));
        picked.push(vector("chain of 16, bias first, wrong", ruled, element, BigInt(wrongBits(right, random)), false));
      }
      return picked;
    }));
});
