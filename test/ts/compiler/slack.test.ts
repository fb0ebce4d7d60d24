import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { readDigits, readModel } from "../../../models/digits.ts";
import { slackIn } from "../../../core/slack/slack.ts";
import { boundsOf } from "../../../core/slack/bounds.ts";
import type { Operator } from "../../../core/operators/descriptor.ts";
import { OPERATORS } from "../../../core/operators/index.ts";
import { softmax } from "../../../core/operators/normalization/softmax.ts";
import { backpropagate } from "../../../core/slack/sensitivity.ts";
import { measureSlack } from "../../../core/slack/slackSummary.ts";
import { Rule } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";
import { compileLeniently } from "../../support/lenient.ts";
import { oneNodeModel, type Attribute, type ModelTensor } from "../../support/onnxModel.ts";
import { Random } from "../../support/random.ts";

const ints = (...values: number[]): Attribute => ({ ints: values });
const sizeOf = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
const bytesOf = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);
const constant = (values: readonly number[], dims: readonly number[]) => ({ dtype: 1, dims, raw: bytesOf(values) });

/** The slacks of a model in one run. */
async function slacksOf(file: Uint8Array, ...inputs: readonly (readonly number[])[]) {
  const model = await compileLeniently(file);
  const tracer = await model.open(ortRuntime);
  const slacks = slackIn(model, await tracer.run(inputs.map(bytesOf)));
  await tracer.release();
  return slacks;
}

/** The bounds of the elements of a model's only node in one run. */
async function boundsIn(file: Uint8Array, ...inputs: readonly (readonly number[])[]): Promise<Float64Array> {
  const model = await compileLeniently(file);
  const tracer = await model.open(ortRuntime);
  const [node] = model.valued(await tracer.run(inputs.map(bytesOf)));
  await tracer.release();
  return boundsOf({ ...node, rule: Rule.bound })!;
}

/** Nodes with the shapes of their inputs, all of them computed. */
const nodes: [string, number[][], Record<string, Attribute>?][] = [
  ["Conv", [[2, 4, 5, 6], [6, 2, 3, 2], [6]], { group: { int: 2 }, pads: ints(1, 0, 2, 1), strides: ints(2, 1), dilations: ints(1, 2) }],
  ["Conv", [[1, 2, 7], [3, 2, 3]]],
  ["Gemm", [[4, 3], [5, 4], [3, 1]], { transA: { int: 1 }, transB: { int: 1 }, alpha: { float: 0.5 }, beta: { float: -2 } }],
  ["Gemm", [[3, 4], [4, 5], [5]]],
  ["MatMul", [[2, 1, 3, 4], [5, 4, 2]]],
  ["MatMul", [[4], [4, 3]]],
  ["Relu", [[3, 4]]],
  ["MaxPool", [[1, 2, 5, 5]], { kernel_shape: ints(3, 2), pads: ints(1, 0, 1, 1), strides: ints(2, 2) }],
  ["Transpose", [[2, 3, 4]], { perm: ints(1, 2, 0) }],
  ["Flatten", [[2, 3, 2]]],
  ["Add", [[2, 3, 1], [4]]],
  ["Sub", [[2, 3], [2, 3]]],
  ["Mul", [[3, 1], [2, 1, 4]]],
  ["Div", [[2, 3], [3]]],
  ["Max", [[2], [3, 1]]],
  ["Min", [[3, 1], [2]]],
  ["Abs", [[3, 4]]],
  ["LeakyRelu", [[3, 4]], { alpha: { float: 0.25 } }],
  ["ReduceMax", [[2, 3, 4]], { axes: ints(1) }],
  ...["Exp", "Tanh", "Sigmoid", "Erf", "HardSigmoid"].map((op): [string, number[][]] => [op, [[3, 4]]]),
  ["GlobalAveragePool", [[2, 3, 2, 4]]],
  ["Softmax", [[2, 3, 4]], { axis: { int: 1 } }],
  ["LayerNormalization", [[2, 3, 4], [3, 4], [3, 4]], { axis: { int: 1 } }],
  ["LayerNormalization", [[3, 5], [5]]],
  ["BatchNormalization", [[2, 3, 4]], { epsilon: { float: 0.25 } }],
];

/** The parameters of a BatchNormalization: scale, bias, mean, variance, three of each. */
const parameters = [2, -1, 0.5, 1, 0, 3, 0.25, -0.5, 1, 0.5, 1, 2];

describe("slack", () => {
  for (const [op, shapes, attributes] of nodes) {
    it(`follows ${op} ${JSON.stringify(shapes)} back as differences of runs do`, async () => {
      const random = new Random(3);
      // Away from zero: a Relu bends there, and a divisor must not vanish.
      const draw = () => (random.unit() + 0.25) * (random.int(0, 1) === 0 ? -1 : 1);
      const constants = op === "BatchNormalization" ? [0, 3, 6, 9].map((at) => parameters.slice(at, at + 3)) : [];
      const inputs = [
        ...shapes.map((dims) => ({ dtype: 1, dims })),
        ...constants.map((values) => ({ dtype: 1, dims: [3], raw: new Uint8Array(Float32Array.from(values).buffer) })),
      ];
      const file = oneNodeModel({ op, inputs, attributes, outputs: [{ dtype: 1 }] });
      const model = await compileLeniently(file);
      const tracer = await model.open(ortRuntime);
      const values = shapes.map((dims) => Float32Array.from({ length: sizeOf(dims) }, draw));
      const run = async () => {
        const trace = await tracer.run(values.map((v) => new Uint8Array(v.slice().buffer)));
        return { trace, output: new Float32Array(trace[shapes.length].slice().buffer) };
      };
      const { trace, output } = await run();
      const weights = Float64Array.from(output, draw);
      const gradients = new Array<Float64Array | undefined>(shapes.length + 1).fill(undefined);
      gradients[shapes.length] = weights;
      backpropagate(model.valued(trace), gradients);

      const step = 2 ** -7;
      for (const [i, tensor] of values.entries()) {
        for (let k = 0; k < Math.min(tensor.length, 40); k++) {
          const kept = tensor[k];
          const results = [];
          for (const sign of [1, -1]) {
            tensor[k] = kept + sign * step;
            results.push((await run()).output.reduce((sum, y, j) => sum + y * weights[j], 0));
          }
          tensor[k] = kept;
          const slope = (results[0] - results[1]) / (2 * step);
          expectNear(gradients[i]![k], slope, 2e-3 * (1 + Math.abs(slope)), `input ${i}, element ${k}`);
        }
      }
      await tracer.release();
    });
  }

  it("of the digits CNN is what its one bounded operator allows, and far from changing a class", async () => {
    const model = await compileLeniently(readModel("digits-cnn"));
    const { program } = model;
    const tracer = await model.open(ortRuntime);
    const pool = program.nodes.findIndex(({ op }) => op === "GlobalAveragePool");
    const gemm = program.nodes.findIndex(({ op }) => op === "Gemm");
    const weights = new Float32Array(model.constant(gemm, 1)!.slice().buffer);
    for (const { input } of readDigits().slice(0, 10)) {
      const trace = await tracer.run([input]);
      const [slack] = slackIn(model, trace);
      // The pool's output goes straight into a Gemm [10, 32]: the sum is short enough to write down.
      const map = new Float32Array(trace[idOf(program.nodes[pool].inputs[0]!)].slice().buffer);
      const scores = new Float32Array(trace[program.outputs[0].id].slice().buffer);
      const [first, second] = Array.from(scores.keys()).sort((i, j) => scores[j] - scores[i]);
      let shift = 0;
      for (let c = 0; c < 32; c++) {
        const mean = map.slice(16 * c, 16 * (c + 1)).reduce((sum, x) => sum + Math.abs(x), 0) / 16;
        shift += ((17 * 2 ** -24) / (1 - 17 * 2 ** -24)) * mean * Math.abs(weights[32 * first + c] - weights[32 * second + c]);
      }
      expect(slack.output).to.equal("scores");
      expectNear(slack.margin!, scores[first] - scores[second], 1e-5);
      expectNear(slack.shift!, shift, 1e-3 * shift);
      expect(slack.shift).to.be.lessThan(slack.margin! / 1_000);
    }
    await tracer.release();
  });

  it("of a model without bounded operators is zero", async () => {
    for (const name of ["digits-mlp", "digits-cnn-int8"] as const) {
      const model = await compileLeniently(readModel(name));
      const tracer = await model.open(ortRuntime);
      const [slack] = slackIn(model, await tracer.run([readDigits()[0].input]));
      expect(slack.margin).to.be.greaterThan(0);
      expect(slack.shift).to.equal(0);
      await tracer.release();
    }
  });

  it("of every output is that of the bounds which reach it", async () => {
    const float = (name: string) => ({ name, dtype: 1, dims: [1, 3] }) as const;
    const byte = (name: string) => ({ name, dtype: 2, dims: [1, 3] }) as const;
    const file = graphModel({
      inputs: [float("x")],
      constants: [{ name: "scale", dtype: 1, dims: [], raw: bytesOf([0.25]) }],
      nodes: [
        ["Softmax", ["x"], "p", { axis: 1 }],
        ["Relu", ["x"], "r"],
        ["Add", ["p", "r"], "s"],
        ["QuantizeLinear", ["r", "scale"], "whole"],
        ["QuantizeLinear", ["p", "scale"], "rounded"],
        ["DequantizeLinear", ["rounded", "scale"], "back"],
      ],
      outputs: [float("p"), float("r"), float("s"), byte("whole"), byte("rounded"), float("back")],
    });
    const [p, r, s, ...integers] = await slacksOf(file, [1, 3, 2.5]);
    expect(r).to.deep.equal({ output: "r", margin: 0.5, shift: 0 });
    expect(p.shift).to.be.greaterThan(0);
    expect(s.shift).to.equal(p.shift);
    expectNear(s.margin!, p.margin! + 0.5, 1e-6);
    const why = "a bounded value is quantised";
    expect(integers).to.deep.equal([
      { output: "whole", margin: undefined, shift: 0 },
      { output: "rounded", margin: undefined, shift: undefined, why },
      { output: "back", margin: 0.25, shift: undefined, why },
    ]);
  });

  it("is not defined behind a bounded scale, or bounded parameters of a BatchNormalization", async () => {
    const float = (name: string, dims: readonly number[]) => ({ name, dtype: 1, dims }) as const;
    const scaled = graphModel({
      inputs: [float("x", [4])],
      constants: [{ name: "bytes", dtype: 3, dims: [4], raw: Uint8Array.of(1, 2, 3, 4) }],
      nodes: [["ReduceMean", ["x"], "mean", { axes: [0], keepdims: 0 }], ["DequantizeLinear", ["bytes", "mean"], "y"]],
      outputs: [float("y", [4])],
    });
    expect((await slacksOf(scaled, [1, 2, 3, 4]))[0]).to.include({ shift: undefined, why: "a bounded value is quantised" });

    const parameters = ["b", "mean", "variance"].map((name) => ({ ...float(name, [2]), raw: bytesOf([1, 2]) }));
    const normalised = (gain: string) =>
      graphModel({
        inputs: [float("x", [1, 2]), float("g", [2])],
        constants: parameters,
        nodes: [["Softmax", ["g"], "soft", { axis: 0 }], ["BatchNormalization", ["x", gain, "b", "mean", "variance"], "y"]],
        outputs: [float("y", [1, 2]), float("soft", [2])],
      });
    const why = "a BatchNormalization has bounded parameters";
    expect((await slacksOf(normalised("soft"), [3, 1], [1, 2]))[0]).to.include({ shift: undefined, why });
    expect((await slacksOf(normalised("g"), [3, 1], [1, 2]))[0].shift).to.be.greaterThan(0);
  });

  it("is not defined where a rule admits infinities and NaN", async () => {
    const x = (...dims: number[]): ModelTensor => ({ dtype: 1, dims });
    const model = (op: string, inputs: ModelTensor[], attributes?: Record<string, Attribute>) =>
      oneNodeModel({ op, inputs, outputs: [{ dtype: 1 }], ...(attributes && { attributes }) });
    const four = (value: number) => [value, value, value, value];
    const mean = model("GlobalAveragePool", [x(1, 1, 2, 2)]);
    const softmax = model("Softmax", [x(1, 2)], { axis: { int: 1 } });
    const norm = (variance: number) =>
      model("BatchNormalization", [x(1, 1), ...[1, 0, 0, variance].map((value) => constant([value], [1]))], { epsilon: { float: 0 } });
    const cases: [file: Uint8Array, judged: readonly number[], open: readonly number[]][] = [
      [mean, four(2 ** 124), four(2 ** 125)],
      [mean, four(1), [1, 2, 3, Infinity]],
      [softmax, [0, 1], [NaN, 0]],
      [softmax, [-Infinity, 1], [Infinity, 0]],
      [norm(1), [2 ** 124], [2 ** 125]],
    ];
    for (const [i, [file, judged, open]] of cases.entries()) {
      expect((await slacksOf(file, judged))[0].shift, `case ${i}`).to.be.greaterThan(0);
      expect((await slacksOf(file, open))[0], `case ${i}`).to.include({
        shift: undefined,
        why: "values overflow or are not finite, so that infinities and NaN are admissible",
      });
    }
    expect((await slacksOf(norm(2 ** -120), [2 ** -100]))[0].shift).to.be.greaterThan(0);
    expect((await slacksOf(norm(2 ** -127), [2 ** -100]))[0].shift).to.equal(undefined);
  });

  it("counts a masked number of a Softmax as nothing, and the bound in full", async () => {
    const model = (n: number) => oneNodeModel({ op: "Softmax", inputs: [{ dtype: 1, dims: [1, n] }], outputs: [{ dtype: 1 }], attributes: { axis: { int: 1 } } });
    const u = 2 ** -24;
    const [{ shift }] = await slacksOf(model(3), [0, -Infinity, 1]);
    const e = Math.exp(-1);
    const [first, second] = [1 / (1 + e), e / (1 + e)];
    const weighted = e / (1 + e);
    expectNear(shift!, u * (first * (weighted + 23) + second * (1 + weighted + 23)), 1e-12);
    // From some 3,000 numbers on, the square of their count weighs.
    const n = 4_096;
    const bounds = await boundsIn(model(n), new Array<number>(n).fill(1));
    for (const bound of bounds) expectNear(bound, (u * (n + 20 + 2)) / n, 1e-13);
  });

  it("knows every operator: one without a slope, or of a rule that needs one without a bound, is an error of types", () => {
    const { slope: _slope, ...flat } = softmax;
    const { bound: _bound, ...boundless } = softmax;
    // @ts-expect-error The slope of Softmax is missing.
    const withoutSlope: Operator<"Softmax"> = flat;
    // @ts-expect-error The bound of Softmax is missing.
    const withoutBound: Operator<"Softmax"> = boundless;
    expect([withoutSlope.slope, withoutBound.bound]).to.deep.equal([undefined, undefined]);
    for (const { name, rules, bound } of OPERATORS) expect(bound !== undefined, name).to.equal(rules.some((rule) => rule === Rule.bound));
  });

  it("refuses a bound of an operator that has none, instead of taking another's", async () => {
    const model = await compileLeniently(oneNodeModel({ op: "Relu", inputs: [{ dtype: 1, dims: [2] }], outputs: [{ dtype: 1 }] }));
    const [node] = model.valued([bytesOf([1, 2]), bytesOf([1, 2])]);
    expect(boundsOf(node)).to.equal(undefined);
    expect(() => boundsOf({ ...node, rule: Rule.bound })).to.throw("has no bound");
  });

  it("of a single output is measured against its size, whatever its sign", async () => {
    const file = oneNodeModel({ op: "GlobalAveragePool", inputs: [{ dtype: 1, dims: [1, 1, 1, 2] }], outputs: [{ dtype: 1 }] });
    const model = await compileLeniently(file);
    const over = async (...values: number[]) => (await measureSlack(model, ortRuntime, [[bytesOf(values)]]))[0];
    const above = await over(1, 2);
    expect(above).to.include({ medianMargin: 1.5, smallestMargin: 1.5, reached: 0 });
    expect(above.worstRatio).to.be.greaterThan(0);
    expect(await over(-1, -2)).to.deep.equal(above);
    // Its terms cancel, so that it can be moved beyond zero and back.
    expect(await over(-16777216, 16777216)).to.include({ smallestMargin: 0, worstRatio: Infinity, reached: 1 });
  });

  it("over several runs is the largest, against the margins of all", async () => {
    const file = oneNodeModel({ op: "GlobalAveragePool", inputs: [{ dtype: 1, dims: [1, 2, 1, 2] }], outputs: [{ dtype: 1 }] });
    const model = await compileLeniently(file);
    const over = async (...runs: number[][]) => (await measureSlack(model, ortRuntime, runs.map((values) => [bytesOf(values)])))[0];
    const shiftOf = (values: number[]) => (3 * 2 ** -24 * values.reduce((sum, x) => sum + x, 0)) / 2;
    const runs = [[1, 2, 4, 5], [1, 1, 8, 9], [1, 2, 2, 3]];
    const summary = await over(...runs);
    expect(summary).to.include({ output: "y0", runs: 3, medianMargin: 3, smallestMargin: 1, reached: 0 });
    expectNear(summary.largestShift!, shiftOf(runs[1]), 1e-12);
    expectNear(summary.worstRatio!, shiftOf(runs[2]), 1e-12);
    expect((await over(runs[0], runs[2])).medianMargin).to.equal(2);
    expect(await over(runs[0], [1, 2, 2, 1])).to.include({ smallestMargin: 0, worstRatio: Infinity, reached: 1 });
    expect(await over(runs[0], [Infinity, 0, 0, 0])).to.deep.equal({
      output: "y0",
      runs: 2,
      why: "values overflow or are not finite, so that infinities and NaN are admissible (in 1 of 2 runs)",
    });
  });
});

const idOf = (tensor: { source: { kind: string; id?: number } }): number => tensor.source.id!;
