import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { boundedNodes } from "../../../core/compile/bounded.ts";
import { compile } from "../../../core/compile/compile.ts";
import { loweringsOf } from "../../../core/compile/lower/index.ts";
import { lower } from "../../../core/compile/lower/lower.ts";
import { partOf } from "../../../core/compile/lower/sums.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { trialInputs } from "../../../core/compile/trials.ts";
import { encodeModel, OPSETS, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { measureSlack } from "../../../core/slack/slackSummary.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { anyShape, drawn, int, ints, parameter, real, shape, sizeOf, some, stated, wide, x, type Cases, type Node } from "../../support/lowerings/drawing.ts";
import { LOSSES } from "../../support/lowerings/losses.ts";
import { GREATEST } from "../../support/lowerings/greatest.ts";
import { PRODUCTS } from "../../support/lowerings/products.ts";
import { REDUCTIONS } from "../../support/lowerings/reductions.ts";
import { paddedConvolution, WINDOWS } from "../../support/lowerings/windows.ts";
import { oneNodeModel, type Attribute, type ModelTensor } from "../../support/onnxModel.ts";
import { CANONICAL } from "../../support/ort.ts";
import { SIGNALS } from "../../support/lowerings/signals.ts";
import { resize, upsample } from "../../support/lowerings/resizing.ts";
import { Random } from "../../support/random.ts";

const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 300 : 40;

const elementwise = (within: number, attributes: (random: Random) => Record<string, Attribute> = () => ({}), since?: number): Cases => ({
  within,
  since,
  taken: (random) => ({ inputs: [x(...anyShape(random))], attributes: attributes(random) }),
});

const overAxis = (random: Random): Node => {
  const dims = anyShape(random);
  const axis = random.int(-dims.length, dims.length - 1);
  return { inputs: [x(...dims)], attributes: stated({ axis: dims.length > 1 ? int(axis) : int(0) }) };
};

/** Of every option there are tests of their own (recurrent.test.ts). */
const recurrent = (gates: number): Cases => ({
  within: 5e-6,
  taken(random) {
    const [steps, batch, size, hidden] = [random.int(1, 5), random.int(1, 2), random.int(1, 4), random.int(1, 4)];
    const direction = random.pick(["forward", "reverse", "bidirectional"]);
    const count = direction === "bidirectional" ? 2 : 1;
    const inputs = [x(steps, batch, size), parameter(random, [count, gates * hidden, size]), parameter(random, [count, gates * hidden, hidden]), parameter(random, [count, 2 * gates * hidden])];
    return { inputs, attributes: { hidden_size: int(hidden), direction: { string: direction } } };
  },
});

const cases: Readonly<Record<string, Cases>> = {
  ...GREATEST,
  CumSum: {
    within: 1e-5,
    taken(random) {
      const dims = anyShape(random);
      const attributes = { exclusive: int(random.int(0, 1)), reverse: int(random.int(0, 1)) };
      return { inputs: [x(...dims), wide(random.int(-dims.length, dims.length - 1))], attributes };
    },
    left: { "along a computed axis": { inputs: [x(2, 3), { dtype: 7, dims: [] }], opset: 14 } },
  },
  LSTM: recurrent(4),
  GRU: recurrent(3),
  RNN: recurrent(1),
  Resize: { within: 3e-5, taken: resize, left: { "by whole factors": { inputs: [x(1, 1, 2, 2), null, drawn([4], () => 2)], attributes: { mode: { string: "nearest" }, coordinate_transformation_mode: { string: "asymmetric" }, nearest_mode: { string: "floor" } }, opset: 13 } } },
  Upsample: { within: 1e-5, until: 9, taken: upsample },
  ...WINDOWS,
  ...PRODUCTS,
  ...REDUCTIONS,
  ...LOSSES,
  ...SIGNALS,
  Softmax: { within: 1e-6, taken: overAxis },
  LogSoftmax: { within: 2e-6, taken: overAxis },
  LayerNormalization: {
    within: 1e-4,
    taken(random) {
      const dims = [...shape(random, random.int(0, 2)), random.int(4, 40), random.int(2, 9)];
      const axis = random.int(-2, -1);
      const row = dims.slice(axis);
      return { inputs: [x(...dims), parameter(random, row), ...(random.int(0, 1) === 0 ? [] : [parameter(random, row)])], attributes: stated({ axis: some(random, int(-1)) && axis === -1 ? undefined : int(axis), epsilon: real(10 ** -random.int(1, 5)) }) };
    },
    left: { "that computes in bfloat16": { inputs: [x(2, 3), x(3)], attributes: { stash_type: int(16) }, opset: 17 } },
  },
  RMSNormalization: {
    within: 5e-6,
    taken(random) {
      const dims = [...shape(random, random.int(0, 2)), random.int(4, 40), random.int(2, 9)];
      const axis = random.int(-2, -1);
      return { inputs: [x(...dims), parameter(random, dims.slice(axis))], attributes: { axis: int(axis), epsilon: real(10 ** -random.int(1, 5)) } };
    },
  },
  SimplifiedLayerNormalization: {
    within: 5e-6,
    taken(random) {
      const dims = [...shape(random, random.int(0, 2)), random.int(4, 40)];
      return { inputs: [x(...dims), parameter(random, dims.slice(-1))], attributes: { epsilon: real(10 ** -random.int(1, 5)), axis: int(-1), stash_type: int(1) } };
    },
  },
  InstanceNormalization: {
    within: 1e-4,
    taken(random) {
      const dims = [random.int(1, 3), random.int(1, 5), ...shape(random, random.int(1, 2)), random.int(4, 9)];
      return { inputs: [x(...dims), parameter(random, [dims[1]]), parameter(random, [dims[1]])], attributes: { epsilon: real(10 ** -random.int(1, 5)) } };
    },
  },
  GroupNormalization: {
    within: 1e-4,
    since: 21,
    taken(random, opset) {
      const groups = random.int(1, 4);
      const dims = [random.int(1, 3), groups * random.int(1, 3), ...shape(random, random.int(0, 1)), random.int(4, 9)];
      const count = opset < 21 ? groups : dims[1];
      return { inputs: [x(...dims), parameter(random, [count]), parameter(random, [count])], attributes: { num_groups: int(groups), epsilon: real(10 ** -random.int(1, 5)) } };
    },
  },
  BatchNormalization: {
    within: 1e-5,
    taken(random) {
      const dims = [random.int(1, 3), random.int(1, 6), ...shape(random, random.int(0, 2))];
      const draw = (isPositive: boolean) => drawn([dims[1]], () => (isPositive ? 0.1 + random.unit() : random.normal()));
      const isComputed = random.int(0, 2) === 0;
      return { inputs: [x(...dims), isComputed ? x(dims[1]) : draw(false), draw(false), draw(false), draw(true)], attributes: { epsilon: real(10 ** -random.int(1, 5)) } };
    },
  },
  Conv: {
    within: 1e-5,
    taken(random) {
      if (random.int(0, 1) === 0) return paddedConvolution(random);
      const kernel = random.pick([[64], [8, 8], [4, 20], [4, 4, 4]]);
      const channels = random.int(1, 4);
      const filters = random.int(1, 5);
      const draw = (dims: readonly number[]) => drawn(dims, () => random.normal() / 100);
      const dims = [random.int(1, 2), channels, ...kernel.map((size) => size * random.int(1, 3))];
      const bias = some(random, draw([filters]));
      return { inputs: [x(...dims), draw([filters, channels, ...kernel]), ...(bias === undefined ? [] : [bias])], attributes: stated({ strides: ints(...kernel), auto_pad: some(random, { string: random.pick(["NOTSET", "VALID"]) }) }) };
    },
    left: {
      "with windows that overlap": { inputs: [x(1, 1, 16, 16), drawn([2, 1, 8, 8], () => 1)], attributes: { strides: ints(4, 8) }, opset: 13 },
      "with small windows": { inputs: [x(1, 1, 16, 16), drawn([2, 1, 4, 4], () => 1)], attributes: { strides: ints(4, 4) }, opset: 13 },
      "with a rest": { inputs: [x(1, 1, 17, 16), drawn([2, 1, 8, 8], () => 1)], attributes: { strides: ints(8, 8) }, opset: 13 },
      "with padding": { inputs: [x(1, 1, 14, 16), drawn([2, 1, 8, 8], () => 1)], attributes: { strides: ints(8, 8), pads: ints(1, 0, 1, 0) }, opset: 13 },
      "with computed weights": { inputs: [x(1, 1, 16, 16), x(2, 1, 8, 8)], attributes: { strides: ints(8, 8) }, opset: 13 },
    },
  },
  LpNormalization: {
    since: 8,
    within: 2e-6,
    taken: (random) => {
      const { inputs, attributes } = overAxis(random);
      return { inputs, attributes: { ...attributes, p: int(random.int(1, 2)) } };
    },
  },
  MeanVarianceNormalization: {
    within: 1e-4,
    taken: (random) => ({ inputs: [x(random.int(1, 3), random.int(1, 4), random.int(3, 9), random.int(3, 9))], attributes: stated({ axes: some(random, ints(0, 2, 3)) }) }),
  },
  GlobalAveragePool: { within: 5e-6, taken: (random) => ({ inputs: [x(...shape(random, random.int(3, 5), 6))] }) },
  AveragePool: {
    within: 5e-6,
    taken(random, opset) {
      const rank = random.int(1, 3);
      const kernel = shape(random, rank, 3);
      const dilations = opset >= 19 ? shape(random, rank, 2) : undefined;
      const spatial = kernel.map((k, i) => (k - 1) * (dilations?.[i] ?? 1) + random.int(1, 6));
      const pads = kernel.map((k) => random.int(0, k - 1));
      const auto = random.int(0, 4);
      const isPadded = auto > 1;
      return {
        inputs: [x(random.int(1, 2), random.int(1, 3), ...spatial)],
        attributes: stated({
          kernel_shape: ints(...kernel),
          // The runtime itself fails where windows lie apart, and it is to find the padding.
          strides: some(random, ints(...kernel.map((k) => random.int(1, auto === 0 ? k : 3)))),
          pads: isPadded ? ints(...pads, ...pads) : undefined,
          auto_pad: auto === 0 && opset >= 11 && dilations === undefined ? { string: ["SAME_UPPER", "SAME_LOWER", "VALID"][random.int(0, 2)] } : undefined,
          count_include_pad: some(random, int(random.int(0, 1))),
          ceil_mode: opset >= 10 ? some(random, int(random.int(0, 1))) : undefined,
          dilations: dilations && ints(...dilations),
        }),
      };
    },
  },
  PRelu: {
    within: 1e-7,
    taken: (random) => {
      const dims = anyShape(random);
      return { inputs: [x(...dims), parameter(random, dims.slice(random.int(0, dims.length - 1)))] };
    },
  },
  ThresholdedRelu: { ...elementwise(0, (random) => stated({ alpha: some(random, real(random.normal())) }), 10), left: { "above infinity": { inputs: [x(3)], attributes: { alpha: real(Infinity) }, opset: 10 } } },
  Elu: elementwise(1e-6, (random) => stated({ alpha: some(random, real(random.normal())) })),
  Selu: elementwise(1e-6, (random) => stated({ alpha: some(random, real(random.normal())), gamma: some(random, real(random.normal())) })),
  Celu: { ...elementwise(1e-6, (random) => stated({ alpha: some(random, real(0.25 + random.unit())) }), 12), left: { "of a negative alpha": { inputs: [x(3)], attributes: { alpha: real(-1) }, opset: 12 } } },
  Mish: elementwise(1e-6, undefined, 18),
  Swish: { ...elementwise(1e-6, (random) => stated({ alpha: some(random, real(random.normal())) }), 24), until: 24 },
  Softplus: elementwise(1e-6),
  Softsign: elementwise(1e-6),
  Log: elementwise(5e-7, undefined, 9),
  ...Object.fromEntries(["Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"].map((op) => [op, elementwise(1e-6, undefined, 9)])),
  Shrink: elementwise(0, (random) => stated({ lambd: some(random, real(random.unit())), bias: some(random, real(random.normal())) }), 9),
};

const typesOf = (model: OnnxModel) => valueTypes(model, ortRuntime);

/** The model with its nodes lowered; undefined where none was. */
async function lowered(file: Uint8Array): Promise<Uint8Array | undefined> {
  const model = parseModel(file);
  return (await lower(model, await typesOf(parseModel(file)), typesOf, { form: "portable" })) ? encodeModel(model) : undefined;
}

type Values = readonly (Float32Array | undefined)[];

async function run(file: Uint8Array, { inputs }: Node, values: Values): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const session = await ort.InferenceSession.create(file, CANONICAL);
  try {
    const feeds = Object.fromEntries(values.flatMap((each, i) => (each === undefined ? [] : [[`x${i}`, new ort.Tensor("float32", each, [...inputs[i]!.dims])]])));
    const results = Object.values(await session.run(feeds));
    return { data: Float32Array.from(results.flatMap(({ data }) => Array.from(data as Float32Array, Number))), dims: results.flatMap(({ dims }) => dims) };
  } finally {
    await session.release();
  }
}

/** Values of the inputs that are no constants; parameters are drawn as networks have them. */
const drawInputs = ({ inputs }: Node, random: Random, draw: () => number): Values =>
  inputs.map((input, i) => (input === null || input.raw !== undefined ? undefined : Float32Array.from({ length: sizeOf(input.dims) }, i === 0 ? draw : () => 0.1 + random.unit())));

/** The largest distance between two results, of the size of the first's number or 1; infinite where only one is finite. */
const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => {
    if (Object.is(value, b[i]) || value === b[i]) return most;
    return Number.isFinite(value) && Number.isFinite(b[i]) ? Math.max(most, Math.abs(value - b[i]) / Math.max(1, Math.abs(value))) : Infinity;
  }, 0);

/** A node in words, without its constants. */
const about = (node: object): string => JSON.stringify(node, (key, value: unknown) => (key === "raw" ? undefined : value));

const standard = loweringsOf("portable").filter(({ domain }) => domain === undefined);
const changing = standard.filter((lowering) => !("keeps" in lowering));

/**
 * Those of other types than float32 are tried in quantised.test.ts, powers and remainders, of two operands, in functions.test.ts, those
 * of transformers in transformers.test.ts.
 */
const ELSEWHERE = ["Attention", "RotaryEmbedding", "QLinearMatMul", "QLinearConv", "MatMulInteger", "ConvInteger", "DynamicQuantizeLinear", "QuantizeLinear", "DequantizeLinear", "Pow", "Mod", "Clip"];

/** Numbers that an operator meets rarely. */
const ODD = [0, -0, Infinity, -Infinity, 3e38, -3e38, 1e-40, -1e-40, 2 ** -149, 1, -1, 88.7, -104, 1e4, -1e4];

/** How many elements are finite in the first result alone. */
const lost = (a: Float32Array, b: Float32Array): number => a.reduce((count, value, i) => count + Number(Number.isFinite(value) && !Number.isFinite(b[i])), 0);

describe("lowerings of the portable form", () => {
  it("are all tried here, and none of them in the form of the source", () => {
    const names = changing.flatMap(({ onnx }) => Object.keys(onnx));
    expect([...names].sort()).to.deep.equal([...Object.keys(cases), ...ELSEWHERE].sort());
    expect(loweringsOf("source").filter((lowering) => changing.includes(lowering))).to.deep.equal([]);
    expect(loweringsOf("source").filter((lowering) => standard.includes(lowering)).length + changing.length).to.equal(standard.length);
  });

  for (const [number, lowering] of changing.entries())
    for (const [op, { since }] of Object.entries(lowering.onnx).filter(([op]) => Object.hasOwn(cases, op))) {
      const { within, room = 1, isTame = false, taken, left = {}, since: first = 7, until = OPSETS.max, outputs = [1] } = cases[op];
      it(`${op}: computes what the runtime's operator does within ${within}, in ${CASES} random nodes of every opset`, async function () {
        this.timeout(60_000 + CASES * 500);
        const random = new Random(900 + number);
        for (let n = 0; n < CASES; n++) {
          const opset = random.int(Math.max(since, first, OPSETS.min), until);
          const node = taken(random, opset);
          const file = oneNodeModel({ op, ...node, outputs: outputs.map((dtype) => ({ dtype })), opset });
          const what = about({ op, opset, ...node });
          const written = (await lowered(file))!;
          expect(written, what).to.not.equal(undefined);
          for (const { opType } of parseModel(written).graph.node) expect(lowering.into, what).to.include(opType);
          for (const scale of [1, 30]) {
            const values = drawInputs(node, random, () => scale * random.normal());
            const [source, portable] = [await run(file, node, values), await run(written, node, values)];
            expect(portable.dims, what).to.deep.equal(source.dims);
            expect(distance(source.data, portable.data), `${scale}: ${what}`).to.be.at.most(within);
          }
          if (isTame) continue;
          for (const draw of [() => random.normal() * 2 ** random.int(-126, 126), () => (random.int(0, 9) === 0 ? ODD[random.int(0, ODD.length - 1)] : random.normal())]) {
            const values = drawInputs(node, random, () => room * draw());
            const [source, portable] = [await run(file, node, values), await run(written, node, values)];
            expect(lost(source.data, portable.data), `finite only in the source: ${what}`).to.equal(0);
          }
        }
      });

      it(`${op}: is compiled into nodes of which every number has one right value`, async function () {
        this.timeout(60_000);
        const random = new Random(950 + number);
        for (let n = 0; n < 3; n++) {
          const node = taken(random, Math.min(until, Math.max(since, first, 18)));
          const file = oneNodeModel({ op, ...node, outputs: outputs.map((dtype) => ({ dtype })), opset: Math.min(until, Math.max(since, first, 18)) });
          const compiled = await compile(file, { runtime: ortRuntime });
          expect(boundedNodes(compiled.program, "portable"), about(node)).to.deep.equal([]);
          expect(await compiled.objections(ortRuntime, n + 2)).to.deep.equal([]);
          const [slack] = await measureSlack(compiled, ortRuntime, [trialInputs(compiled.program.inputs, 0)]);
          expect(slack.largestShift ?? 0).to.equal(0);
        }
      });

      for (const [what, { opset, ...node }] of Object.entries(left))
        it(`${op} ${what} is left as it is`, async () => {
          const file = oneNodeModel({ op, ...node, outputs: [{ dtype: node.inputs[0]!.dtype }], opset });
          expect(await lowered(file)).to.equal(undefined);
        });
    }

  describe("a convolution of an input of the graph", () => {
    const compiled = (inputs: ModelTensor[], attributes = {}) =>
      compile(oneNodeModel({ op: "Conv", inputs, outputs: [{ dtype: 1 }], attributes, opset: 13 }), { runtime: ortRuntime });
    const weights = (...dims: number[]) => drawn(dims, () => 0.125);

    it("reads a copy that lies as its windows read, and gives the same bits", async () => {
      const { program, differences } = await compiled([x(1, 3, 32, 32), weights(4, 3, 3, 3)]);
      expect(program.nodes.map(({ op }) => op)).to.deep.equal(["Reshape", "Conv"]);
      expect(program.nodes[0].output.perm).to.deep.equal([0, 2, 3, 1]);
      expect(program.nodes[1].inputs[0]!.perm).to.deep.equal([0, 2, 3, 1]);
      expect(differences).to.deep.equal([]);
    });

    for (const [what, inputs] of [
      ["of one channel", [x(1, 1, 64, 64), weights(4, 1, 3, 3)]],
      ["of few elements", [x(1, 3, 16, 16), weights(4, 3, 3, 3)]],
      ["whose windows have one place", [x(1, 3, 64, 64), weights(4, 3, 1, 1)]],
    ] as const)
      it(`${what} reads it as it is`, async () => {
        expect((await compiled([...inputs])).program.nodes.map(({ op }) => op)).to.deep.equal(["Conv"]);
      });
  });

  describe("are sound", () => {
    const random = new Random(17);
    /** The result of a node's operator, and that of what is written in its place. */
    async function both(op: string, node: Node, values: Values, opset = 18): Promise<readonly [source: Float32Array, portable: Float32Array]> {
      const file = oneNodeModel({ op, ...node, outputs: [{ dtype: 1 }], opset });
      return [(await run(file, node, values)).data, (await run((await lowered(file))!, node, values)).data];
    }
    const normals = (count: number, mean = 0): Float32Array => Float32Array.from({ length: count }, () => mean + random.normal());

    it("Softmax where a mask takes places away, and where numbers are large", async () => {
      for (const op of ["Softmax", "LogSoftmax"]) {
        const masked = normals(4 * 100).map((value, i) => (i % 100 > 20 + Math.floor(i / 100) ? -Infinity : value));
        expect(distance(...(await both(op, { inputs: [x(4, 100)] }, [masked]))), op).to.be.at.most(1e-6);
        expect(distance(...(await both(op, { inputs: [x(4, 100)] }, [normals(400).map((value) => value * 1e37)]))), op).to.be.at.most(1e-6);
        const [, equal] = await both(op, { inputs: [x(2, 7)] }, [new Float32Array(14).fill(3e38)]);
        expect(distance(equal, new Float32Array(14).fill(op === "Softmax" ? 1 / 7 : -Math.log(7))), op).to.be.at.most(1e-6);
      }
    });

    it("a mean where the sum overflows, a normalisation where the mean is large against the deviation", async () => {
      for (const [op, dims] of [["ReduceMean", [3, 5000]], ["GlobalAveragePool", [1, 3, 50, 100]], ["AveragePool", [1, 3, 50, 100]]] as const) {
        const node = { inputs: [x(...dims)], ...(op === "AveragePool" && { attributes: { kernel_shape: ints(3, 3) } }) };
        const [, portable] = await both(op, node, [new Float32Array(sizeOf(dims)).fill(3e38)], 17);
        for (const value of portable) expect(value / 3e38, op).to.be.closeTo(1, 1e-4);
      }
      for (const mean of [1, 30, 1000]) {
        const node = { inputs: [x(8, 768), drawn([768], () => 1)] };
        expect(distance(...(await both("LayerNormalization", node, [normals(8 * 768, mean)]))), `mean ${mean}`).to.be.at.most(3e-6 * Math.max(1, mean));
      }
    });

    for (const n of [2304, 2309, 8192, 65_521, 65_536])
      it(`rows of ${n}`, async function () {
        this.timeout(60_000);
        const inputs = [x(2, n)];
        const values = [normals(2 * n)];
        const near = async (op: string, within: number, node: Node = { inputs }) => expect(distance(...(await both(op, node, values))), op).to.be.at.most(within);
        await near("Softmax", 1e-6);
        await near("LogSoftmax", 2e-6);
        await near("LayerNormalization", 2e-5, { inputs: [...inputs, drawn([n], () => 1)] });
        await near("ReduceMean", 1e-6);
        await near("Softmax", 1e-6, { inputs: [x(n, 2)], attributes: { axis: int(0) } });
      });

    it("sums are made of parts of which one transaction judges each", () => {
      expect([1, 2304, 2305, 4096, 65_536, 65_537, 5_308_416, 10_000_001].map(partOf)).to.deep.equal([1, 2304, 461, 64, 256, 257, 2304, 2304]);
    });
  });
});
