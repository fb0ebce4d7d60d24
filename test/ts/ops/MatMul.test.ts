import { expect } from "chai";
import { bitsOf, chainDot, floatOf, sameFloatBits } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode } from "../../../core/program/types.ts";
import { rowMajorStrides, sizeOf, unravel } from "../../../core/tensor/shape.ts";
import { chained, floatNode, matrixShapes, randomFloats, wrongBits } from "../../support/dots.ts";
import { words } from "../../support/floats.ts";
import { Judge, bitsAt, edge, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

interface MatMulCase extends OnnxCase {
  readonly reads: (element: number) => { a: number[]; b: number[] };
}

function matMul(random: Random, shapes = matrixShapes(random)): MatMulCase {
  const [a, b] = [tensor(DType.float32, shapes.a, random), tensor(DType.float32, shapes.b, random)];
  return {
    node: floatNode(Opcode.MatMul, tensor(DType.float32, shapes.y, random), [a, b], []),
    inputs: [randomFloats(sizeOf(shapes.a), random), randomFloats(sizeOf(shapes.b), random)],
    onnx: { op: "MatMul" },
    reads: shapes.reads,
  };
}

function scheduled(c: MatMulCase, element: number, chunk: number): number {
  const [a, b] = c.inputs.map((raw) => words(raw!));
  const reads = c.reads(element);
  return bitsOf(chainDot(reads.a.map((i) => floatOf(a[i])), reads.b.map((i) => floatOf(b[i])), { chunk, alpha: 1, first: 0, last: 0 }));
}

describe("MatMul", () => {
  it(`bound: never convicts onnxruntime and rejects what lies outside, in ${CASES} random cases`, async () => {
    const random = new Random(121);
    const judge = new Judge();
    let edges = 0;
    for (let i = 0; i < CASES; i++) {
      const c = matMul(random);
      const honest = await honestOutput(c);
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
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
    expect(edges).to.be.greaterThan(CASES / 20);
    await judge.settle();
  });

  it(`chain: agrees with the definition for any schedule in ${CASES} random cases, and with onnxruntime`, async () => {
    const random = new Random(122);
    const judge = new Judge();
    let followed = 0;
    for (let i = 0; i < CASES; i++) {
      const c = matMul(random);
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const chunk = random.pick([0, 0, 1, 5, 8, 16, 33]);
      const ruled = { ...c, node: chained(c.node, chunk, false) };
      const right = scheduled(c, element, chunk);
      judge.ask(ruled, element, BigInt(right), true);
      judge.ask(ruled, element, BigInt(wrongBits(right, random)), false);
      if (i % 4 !== 0) continue;
      // Single rows and columns take another kernel; the compiler gives them the rule bound.
      const honest = words(await honestOutput(c));
      if (!honest.every((bits, e) => sameFloatBits(bits, scheduled(c, e, 0)))) continue;
      judge.ask({ ...c, node: chained(c.node, 0, false) }, element, BigInt(honest[element]), true);
      followed++;
    }
    expect(followed).to.be.greaterThan(CASES / 9);
    await judge.settle();
  });

  it("reads its operands by coordinates: broadcasting and vectors against NumPy's rules", () => {
    // The shapes' own reads are checked here against strides, independently of both implementations.
    const random = new Random(123);
    for (let i = 0; i < 200; i++) {
      const { a, b, y, reads } = matrixShapes(random);
      const element = random.int(0, sizeOf(y) - 1);
      const { a: indices } = reads(element);
      const c = unravel(element, y);
      const [first] = indices;
      const row = a.length > 1 ? c[c.length - (b.length > 1 ? 2 : 1)] : 0;
      const at = unravel(first, a);
      expect(at[a.length - 1]).to.equal(0);
      if (a.length > 1) expect(at[a.length - 2]).to.equal(row);
      expect(indices[indices.length - 1] - first).to.equal((indices.length - 1) * rowMajorStrides(a)[a.length - 1]);
    }
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("MatMul", async () => {
      const random = new Random(125);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = matMul(random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        picked.push(vector("bound, onnxruntime's value", c, element, bitsAt(await honestOutput(c), DType.float32, element), true));
        const right = scheduled(c, element, 8);
        const ruled = { ...c, node: chained(c.node, 8, false) };
        picked.push(vector("chain of 8", ruled, element, BigInt(right), true));
        picked.push(vector("chain of 8, wrong", ruled, element, BigInt(wrongBits(right, random)), false));
      }
      return picked;
    }));
});
