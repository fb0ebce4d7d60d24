import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { boundedNodes } from "../../../core/compile/bounded.ts";
import { compile } from "../../../core/compile/compile.ts";
import { lower } from "../../../core/compile/lower/lower.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";
import { CANONICAL } from "../../support/ort.ts";
import { Random } from "../../support/random.ts";

type Graph = Parameters<typeof graphModel>[0];

const f32 = (name: string, dims?: readonly number[], dtype: DType = DType.float32) => ({ name, dtype, dims });
const constant = (name: string, dims: readonly number[], values: readonly number[]) => ({ ...f32(name, dims), raw: new Uint8Array(Float32Array.from(values).buffer) });

const typesOf = (model: OnnxModel) => valueTypes(model, ortRuntime);

/** The model as it is, and with its nodes lowered, which must be possible. */
async function both(graph: Graph): Promise<readonly [source: Uint8Array, portable: Uint8Array]> {
  const file = graphModel(graph);
  const model = parseModel(file);
  expect(await lower(model, await typesOf(parseModel(file)), typesOf, { form: "portable" })).to.equal(true);
  return [file, encodeModel(model)];
}

async function run(file: Uint8Array, feeds: Readonly<Record<string, ort.Tensor>>): Promise<ArrayLike<number>> {
  const session = await ort.InferenceSession.create(file, CANONICAL);
  try {
    return (await session.run(feeds)).y.data as Float32Array;
  } finally {
    await session.release();
  }
}

const place = (x: number): number => {
  const [bits] = new Int32Array(Float32Array.of(x).buffer);
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
};

/** Whether two numbers are within so many units in the last place; zeros are the same, and so are NaNs. */
const areNear = (a: number, b: number, units: number): boolean =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) || (Number.isFinite(a) && Number.isFinite(b) && Math.abs(place(a) - place(b)) <= units);

/** Arguments of a function, with what is beside it for the two operands. */
const unary = (op: string, n: number): Graph => ({ inputs: [f32("x", [n])], constants: [], nodes: [[op, ["x"], "y"]], outputs: [f32("y")] });
const binary = (op: string, n: number, attributes = {}): Graph => ({ inputs: [f32("x", [n]), f32("z", [n])], constants: [], nodes: [[op, ["x", "z"], "y", attributes]], outputs: [f32("y")] });

const COUNT = process.env.OPG_TEST_PROFILE === "deep" ? 200_000 : 5_000;
const SPECIAL = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1.5, -1.5, Infinity, -Infinity, NaN, 1e30, -1e30, 2 ** -149, -(2 ** -149), 3.4e38];
const TINY = 2 ** -126;

describe("functions that are written in terms of others", () => {
  const random = new Random(60);
  const anywhere = () => random.pick([1, -1]) * 2 ** (random.unit() * 277 - 149);
  const within = (least: number, most: number) => () => least + (most - least) * random.unit();

  for (const [op, f, ranges, special] of [
    ["Log", Math.log, [anywhere, within(0.4, 2.5), within(0.999, 1.001)], SPECIAL],
    ["Sin", Math.sin, [within(-4, 4), within(-100, 100)], SPECIAL.filter((x) => !(Math.abs(x) > 3))],
    ["Cos", Math.cos, [within(-4, 4), within(-100, 100)], SPECIAL.filter((x) => !(Math.abs(x) > 3))],
    ["Tan", Math.tan, [within(-4, 4)], SPECIAL.filter((x) => !(Math.abs(x) > 3))],
    ["Asin", Math.asin, [within(-1, 1), anywhere], SPECIAL],
    ["Acos", Math.acos, [within(-1, 1)], SPECIAL],
    ["Atan", Math.atan, [within(-3, 3), anywhere], SPECIAL],
    ["Sinh", Math.sinh, [within(-3, 3), within(-89, 89)], SPECIAL],
    ["Cosh", Math.cosh, [within(-3, 3), within(-89, 89)], SPECIAL],
    ["Asinh", Math.asinh, [within(-3, 3), anywhere], SPECIAL],
    ["Acosh", Math.acosh, [within(1, 3), anywhere], SPECIAL],
    ["Atanh", Math.atanh, [within(-1, 1)], SPECIAL],
  ] as const)
    it(`${op}: within four units in the last place, and right where it is special`, async () => {
      const x = Float32Array.from([...special, ...ranges.flatMap((draw) => Array.from({ length: COUNT }, draw))]);
      const [, portable] = await both(unary(op, x.length));
      const y = await run(portable, { x: new ort.Tensor("float32", x, [x.length]) });
      for (const [i, value] of x.entries()) {
        const right = Math.fround(f(value));
        expect(areNear(y[i], right, 4), `${op} ${value}: ${y[i]}, not ${right}`).to.equal(true);
      }
    });

  describe("Pow", () => {
    it("is within four units in the last place, and right for special operands", async () => {
      const pairs = [
        ...Array.from({ length: COUNT }, () => [random.unit() * 5, random.unit() * 8 - 4]),
        ...Array.from({ length: COUNT }, () => [Math.abs(anywhere()), random.normal() * 2 ** random.int(-8, 8)]),
        ...Array.from({ length: COUNT }, () => [random.normal() * 3, random.int(-10, 10)]),
        ...SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b])),
      ];
      const [x, z] = [0, 1].map((i) => Float32Array.from(pairs, (pair) => pair[i]));
      const feeds = { x: new ort.Tensor("float32", x, [x.length]), z: new ort.Tensor("float32", z, [z.length]) };
      const [source, portable] = await both({ ...binary("Pow", x.length), opset: 15 });
      const [right, y] = [await run(source, feeds), await run(portable, feeds)];
      for (const [i, base] of x.entries()) {
        // C says that 1 is 1 to the power of a NaN, a signed infinity is an odd power of a signed zero, and an infinity keeps no NaN.
        if (Number.isNaN(z[i]) || (base === 0 && z[i] < 0) || (right[i] !== 0 && Math.abs(right[i]) < TINY)) continue;
        expect(areNear(y[i], right[i], 4), `${base} ^ ${z[i]}: ${y[i]}, not ${right[i]}`).to.equal(true);
      }
    });

    for (const exponent of [-8, -2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 5, 7, 8, 9, 20, 0.75, -0.75, 1 / 3])
      it(`to the ${exponent}: within four units in the last place`, async () => {
        const x = Float32Array.from({ length: 500 }, () => random.normal() * 2);
        const [source, portable] = await both({ ...unary("Pow", 500), constants: [constant("e", [], [exponent])], nodes: [["Pow", ["x", "e"], "y"]] });
        const feeds = { x: new ort.Tensor("float32", x, [500]) };
        const [right, y] = [await run(source, feeds), await run(portable, feeds)];
        for (const [i, value] of x.entries()) expect(areNear(y[i], right[i], 4), `${value}: ${y[i]}, not ${right[i]}`).to.equal(true);
      });

    it("of a constant, as in 2^x", async () => {
      for (const base of [2, 10, 0.5, -2]) {
        const x = Float32Array.from({ length: 300 }, (_, i) => (base < 0 ? (i % 60) - 30 : random.normal() * 10));
        const [source, portable] = await both({ ...unary("Pow", 300), constants: [constant("b", [], [base])], nodes: [["Pow", ["b", "x"], "y"]] });
        const feeds = { x: new ort.Tensor("float32", x, [300]) };
        const [right, y] = [await run(source, feeds), await run(portable, feeds)];
        for (const [i, value] of x.entries()) expect(areNear(y[i], right[i], 4), `${base} ^ ${value}: ${y[i]}, not ${right[i]}`).to.equal(true);
      }
    });

    it("of whole numbers gives whole numbers", async () => {
      const graph: Graph = { ...binary("Pow", 60), inputs: [f32("x", [60], DType.int32), f32("z", [60], DType.int32)], outputs: [f32("y", undefined, DType.int32)], opset: 13 };
      const [x, z] = [Int32Array.from({ length: 60 }, (_, i) => (i % 13) - 6), Int32Array.from({ length: 60 }, (_, i) => i % 7)];
      const feeds = { x: new ort.Tensor("int32", x, [60]), z: new ort.Tensor("int32", z, [60]) };
      const [source, portable] = await both(graph);
      expect([...(await run(portable, feeds)) as Int32Array]).to.deep.equal([...(await run(source, feeds)) as Int32Array]);
    });
  });

  it("Mod of floating-point numbers: every bit, as long as the quotient is below 2²⁴", async () => {
    const [x, z] = [1e4, 10].map((scale) => Float32Array.from({ length: COUNT }, () => random.normal() * scale));
    [x[0], z[0], x[1], z[1], x[2], z[2]] = [5, Infinity, -7, 0, -6, 3];
    for (const [i, value] of z.entries()) if (Math.abs(x[i] / value) > 2 ** 23) z[i] = 1;
    const feeds = { x: new ort.Tensor("float32", x, [COUNT]), z: new ort.Tensor("float32", z, [COUNT]) };
    const [source, portable] = await both({ ...binary("Mod", COUNT, { fmod: 1 }), opset: 13 });
    const [right, y] = [await run(source, feeds), await run(portable, feeds)];
    for (const [i, value] of x.entries()) expect(areNear(y[i], right[i], 0), `${value} mod ${z[i]}: ${y[i]}, not ${right[i]}`).to.equal(true);
  });

  describe("Clip", () => {
    const clip = (inputs: readonly string[], ...given: readonly string[]): Graph => ({
      inputs: [f32("x", [6]), ...given.map((name) => f32(name, []))],
      constants: [],
      nodes: [["Clip", inputs, "y"]],
      outputs: [f32("y")],
    });

    for (const [what, graph] of Object.entries({
      "with computed ends": clip(["x", "low", "high"], "low", "high"),
      "with a computed least number": clip(["x", "low"], "low"),
      "with a computed greatest number": clip(["x", "", "high"], "high"),
    }))
      it(`${what}: every number but NaN`, async () => {
        const [source, portable] = await both(graph);
        const feeds = {
          x: new ort.Tensor("float32", Float32Array.of(-3, -1, 0, 0.5, 2, Infinity), [6]),
          ...(graph.inputs.some(({ name }) => name === "low") && { low: new ort.Tensor("float32", Float32Array.of(-1), []) }),
          ...(graph.inputs.some(({ name }) => name === "high") && { high: new ort.Tensor("float32", Float32Array.of(1), []) }),
        };
        expect([...(await run(portable, feeds)) as Float32Array]).to.deep.equal([...(await run(source, feeds)) as Float32Array]);
      });

    it("of whole numbers", async () => {
      const end = (name: string, value: number) => ({ ...f32(name, [], DType.int32), raw: new Uint8Array(Int32Array.of(value).buffer) });
      const graph: Graph = { inputs: [f32("x", [3], DType.int32)], constants: [end("low", -1), end("high", 4)], nodes: [["Clip", ["x", "low", "high"], "y"]], outputs: [f32("y", undefined, DType.int32)] };
      const [, portable] = await both(graph);
      expect([...(await run(portable, { x: new ort.Tensor("int32", Int32Array.of(-9, 3, 9), [3]) })) as Int32Array]).to.deep.equal([-1, 3, 4]);
    });
  });

  it("are compiled into nodes of which every number has one right value", async function () {
    this.timeout(60_000);
    for (const graph of [binary("Pow", 5), { ...binary("Mod", 5, { fmod: 1 }), opset: 13 }, unary("Log", 5)]) {
      const compiled = await compile(graphModel(graph), { runtime: ortRuntime });
      expect(boundedNodes(compiled.program, "portable")).to.deep.equal([]);
    }
  });
});
