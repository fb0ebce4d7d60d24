import { expect } from "chai";
import { DType, Opcode, Rule, sizeOf, type Node } from "../../../oracle/core/program/types.ts";
import { matrixShapes, outputScale, quantisation } from "../../support/dots.ts";
import { Judge, bitsAt, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { Random } from "../../support/random.ts";

function qMatMul(random: Random): OnnxCase {
  const shapes = matrixShapes(random, false);
  const [signedA, signedB] = random.pick([[true, true], [false, false], [false, true]]);
  const type = (signed: boolean) => (signed ? DType.int8 : DType.uint8);
  const columns = shapes.b[shapes.b.length - 1];
  // onnxruntime takes one scale per column for a matrix only.
  const perColumn = shapes.b.length === 2 && columns > 1 && random.chance(0.5) ? columns : 0;
  const [a, b] = [quantisation(type(signedA), 0, random), quantisation(type(signedB), perColumn, random)];
  const length = shapes.a[shapes.a.length - 1];
  const y = { ...quantisation(type(signedA), 0, random), scale: outputScale(a.scale, b.scale, length, random) };
  const any = (n: number) => Uint8Array.from({ length: n }, () => random.int(0, 255));
  const seven = !signedA && signedB;
  if (seven) b.zero.fill(0);
  const inputs = [
    tensor(type(signedA), shapes.a, random), tensor(DType.float32, []), tensor(type(signedA), []),
    tensor(type(signedB), shapes.b, random), tensor(DType.float32, b.dims), tensor(type(signedB), b.dims),
    tensor(DType.float32, []), tensor(type(signedA), []),
  ];
  const values = [any(sizeOf(shapes.a)), a.scale, a.zero, any(sizeOf(shapes.b)).map((v) => (seven ? (v >> 1) - 64 : v)), b.scale, b.zero, y.scale, y.zero];
  const node: Node = {
    opcode: Opcode.QLinearMatMul, rule: Rule.equal, chunk: 0, flags: 0,
    output: tensor(type(signedA), shapes.y, random), inputs, attributes: [],
  };
  const constantB = random.chance(0.5);
  return {
    node, inputs: values, onnx: { op: "QLinearMatMul", opset: 17 },
    onnxInputs: inputs.map((t, i) => ({ dtype: t.dtype, dims: t.dims, raw: values[i], constant: i === 3 ? constantB : i > 0 })),
  };
}

describe("QLinearMatMul", () => {
  it("equals onnxruntime and its contract in 1,000 random cases, every wrong byte is inadmissible", async () => {
    const random = new Random(141);
    const judge = new Judge();
    let inside = 0;
    for (let i = 0; i < 1000; i++) {
      const c = qMatMul(random);
      const honest = await honestOutput(c);
      const size = sizeOf(c.node.output.dims);
      const element = random.int(0, size - 1);
      const right = bitsAt(honest, c.node.output.dtype, element);
      judge.ask(c, element, right, true);
      judge.ask(c, element, (right + BigInt(random.int(1, 255))) & 255n, false);
      const limits = c.node.output.dtype === DType.int8 ? [127n, 128n] : [0n, 255n];
      if (!limits.includes(right)) inside++;
      if (i % 10 === 0) for (let e = 0; e < size; e++) new Judge().ask(c, e, BigInt(honest[e]), true);
    }
    expect(inside).to.be.greaterThan(400);
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("QLinearMatMul", async () => {
      const random = new Random(145);
      const picked = [];
      for (let i = 0; i < 8; i++) {
        const c = qMatMul(random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const right = bitsAt(await honestOutput(c), c.node.output.dtype, element);
        picked.push(vector("onnxruntime's value", c, element, right, true), vector("another low bit", c, element, right ^ 1n, false));
      }
      return picked;
    }));
});
