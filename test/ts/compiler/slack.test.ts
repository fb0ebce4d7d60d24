import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { readDigits, readModel } from "../../../models/digits.ts";
import { compile } from "../../../oracle/core/program/compile.ts";
import { backpropagate, boundsOf } from "../../../oracle/core/program/slack.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel, type Attribute } from "../../support/onnxModel.ts";
import { Random } from "../../support/random.ts";

const ints = (...values: number[]): Attribute => ({ ints: values });
const sizeOf = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

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
  ["GlobalAveragePool", [[2, 3, 2, 4]]],
  ["Softmax", [[2, 3, 4]], { axis: { int: 1 } }],
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
      const model = await compile(file, { runtime: ortRuntime });
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
    const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    const { program } = model;
    const tracer = await model.open(ortRuntime);
    const pool = program.nodes.findIndex(({ op }) => op === "GlobalAveragePool");
    const gemm = program.nodes.findIndex(({ op }) => op === "Gemm");
    const weights = new Float32Array(model.constant(gemm, 1)!.slice().buffer);
    for (const { input } of readDigits().slice(0, 10)) {
      const trace = await tracer.run([input]);
      const slack = model.slack(trace)!;
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
      expectNear(slack.margin, scores[first] - scores[second], 1e-5);
      expectNear(slack.shift, shift, 1e-3 * shift);
      expect(slack.shift).to.be.lessThan(slack.margin / 1_000);
    }
    await tracer.release();
  });

  it("of a model without bounded operators is zero", async () => {
    for (const name of ["digits-mlp", "digits-cnn-int8"] as const) {
      const model = await compile(readModel(name), { runtime: ortRuntime });
      const tracer = await model.open(ortRuntime);
      const slack = model.slack(await tracer.run([readDigits()[0].input]))!;
      expect(slack.margin).to.be.greaterThan(0);
      expect(slack.shift).to.equal(0);
      await tracer.release();
    }
  });

  it("of a product under the bound grows with the magnitudes that were summed", async () => {
    // One filter over one channel: a kernel of its own, which follows no schedule.
    const inputs = [{ dtype: 1, dims: [1, 1, 4, 4] }, { dtype: 1, dims: [1, 1, 3, 3], raw: new Uint8Array(new Float32Array(9).fill(-2).buffer) }];
    const model = await compile(oneNodeModel({ op: "Conv", inputs, outputs: [{ dtype: 1 }] }), { runtime: ortRuntime });
    const tracer = await model.open(ortRuntime);
    const trace = await tracer.run([new Uint8Array(new Float32Array(16).fill(3).buffer)]);
    const [bounds] = model.valued(trace).map(boundsOf);
    for (const bound of bounds!) expectNear(bound, 10 * 2 ** -24 * 54, 1e-9);
    await tracer.release();
  });
});

const idOf = (tensor: { source: { kind: string; id?: number } }): number => tensor.source.id!;
