import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { boundedNodes } from "../../../core/compile/bounded.ts";
import { compile } from "../../../core/compile/compile.ts";
import { lower } from "../../../core/compile/lower/lower.ts";
import { MOST_STEPS } from "../../../core/compile/lower/recurrent/unroll.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel, type Attribute, type ModelTensor } from "../../support/onnxModel.ts";
import { CANONICAL } from "../../support/ort.ts";
import { Random } from "../../support/random.ts";

type Op = "LSTM" | "GRU" | "RNN";
interface Node {
  readonly op: Op;
  readonly inputs: readonly (ModelTensor | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly opset: number;
}

const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 400 : 24;
const GATES = { LSTM: 4, GRU: 3, RNN: 1 } as const;
const FUNCTIONS = { LSTM: 3, GRU: 2, RNN: 1 } as const;
const OUTPUTS = { LSTM: 3, GRU: 2, RNN: 2 } as const;
const ACTIVATIONS = ["Sigmoid", "Tanh", "Relu", "Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign", "Softplus"];

const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const bytes = (values: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(values.buffer);
const about = (node: object): string => JSON.stringify(node, (key, value: unknown) => (key === "raw" ? undefined : value));

/** A random node: which of its inputs are there, which are constant, and what it states is drawn. */
function drawn(op: Op, random: Random): Node {
  const coin = (of = 2): boolean => random.int(1, of) === 1;
  const [steps, batch, size, hidden] = [random.int(1, 6), random.int(1, 3), random.int(1, 5), random.int(1, 6)];
  const direction = random.pick(["forward", "reverse", "bidirectional"]);
  const count = direction === "bidirectional" ? 2 : 1;
  const opset = random.int(7, 22);
  const floats = (dims: readonly number[]): ModelTensor => ({ dtype: 1, dims, raw: coin(4) ? undefined : bytes(Float32Array.from({ length: sizeOf(dims) }, () => random.normal() / 2)) });
  const some = (tensor: ModelTensor): ModelTensor | null => (coin() ? tensor : null);
  const lengths = (): ModelTensor => {
    const raw = opset < 9 ? Int32Array.from({ length: batch }, () => steps) : Int32Array.from({ length: batch }, () => random.int(1, steps));
    return { dtype: 6, dims: [batch], raw: opset >= 9 && coin(3) ? undefined : bytes(raw) };
  };
  const states = Array.from({ length: OUTPUTS[op] - 1 }, () => some(floats([count, batch, hidden])));
  const inputs = [
    { dtype: 1, dims: [steps, batch, size] },
    floats([count, GATES[op] * hidden, size]),
    floats([count, GATES[op] * hidden, hidden]),
    some(floats([count, 2 * GATES[op] * hidden])),
    some(lengths()),
    ...states,
    ...(op === "LSTM" ? [some(floats([count, 3 * hidden]))] : []),
  ];
  const attributes: Record<string, Attribute> = { hidden_size: { int: hidden }, direction: { string: direction } };
  if (op === "GRU") attributes.linear_before_reset = { int: random.int(0, 1) };
  if (op === "LSTM" && coin()) attributes.input_forget = { int: random.int(0, 1) };
  if (coin(3)) attributes.clip = { float: 0.1 + random.unit() };
  if (coin()) {
    const known = opset >= 10 ? ACTIVATIONS : ACTIVATIONS.filter((name) => name !== "ThresholdedRelu");
    const names = Array.from({ length: count * FUNCTIONS[op] }, () => random.pick(known));
    attributes.activations = { strings: op === "RNN" || coin() ? names : names.map((name) => name.toUpperCase()) };
    const numbers = Array.from({ length: random.int(1, 6) }, () => random.unit());
    if (coin()) attributes.activation_alpha = { floats: numbers };
    if (coin()) attributes.activation_beta = { floats: numbers.toReversed() };
  }
  return { op, inputs, attributes, opset };
}

const model = ({ op, inputs, attributes, opset }: Node): Uint8Array =>
  oneNodeModel({ op, inputs, attributes, opset, outputs: Array.from({ length: OUTPUTS[op] }, () => ({ dtype: 1 })) });

const typesOf = (file: OnnxModel) => valueTypes(file, ortRuntime);

/** The model with its nodes lowered; undefined where none was. */
async function lowered(file: Uint8Array): Promise<Uint8Array | undefined> {
  const parsed = parseModel(file);
  return (await lower(parsed, await typesOf(parseModel(file)), typesOf, { form: "portable" })) ? encodeModel(parsed) : undefined;
}

/** Values of the inputs that are no constants. */
function feedsOf({ inputs }: Node, random: Random, draw: () => number): Record<string, ort.Tensor> {
  const steps = inputs[0]!.dims[0];
  return Object.fromEntries(inputs.flatMap((input, i) => {
    if (input === null || input.raw !== undefined) return [];
    const values = input.dtype === 6 ? Int32Array.from({ length: sizeOf(input.dims) }, () => random.int(1, steps)) : Float32Array.from({ length: sizeOf(input.dims) }, i === 0 ? draw : () => random.normal() / 2);
    return [[`x${i}`, new ort.Tensor(input.dtype === 6 ? "int32" : "float32", values as Float32Array, [...input.dims])]];
  }));
}

async function run(file: Uint8Array, feeds: Record<string, ort.Tensor>): Promise<{ data: Float32Array; dims: readonly number[] }[]> {
  const session = await ort.InferenceSession.create(file, CANONICAL);
  try {
    const results = await session.run(feeds);
    return Object.keys(results).sort().map((name) => ({ data: results[name].data as Float32Array, dims: results[name].dims }));
  } finally {
    await session.release();
  }
}

/** A tensor of three axes with the first two swapped. */
function swapped({ data, dims: [a, b, c] }: ort.Tensor): ort.Tensor {
  return new ort.Tensor("float32", Float32Array.from({ length: a * b * c }, (_, i) => (data as Float32Array)[((Math.floor(i / c) % a) * b + Math.floor(i / c / a)) * c + (i % c)]), [b, a, c]);
}

/** The largest distance between two results, of the size of the first's number or 1; infinite where only the first is finite. */
const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => {
    if (!Number.isFinite(value)) return most;
    return Number.isFinite(b[i]) ? Math.max(most, Math.abs(value - b[i]) / Math.max(1, Math.abs(value))) : Infinity;
  }, 0);

describe("recurrent operators, step by step", () => {
  for (const op of ["LSTM", "GRU", "RNN"] as const) {
    it(`${op}: computes what the runtime's operator does within 2e-5, in ${CASES} random nodes of every option`, async function () {
      this.timeout(60_000 + CASES * 500);
      const random = new Random(3_100 + GATES[op]);
      let compared = 0;
      for (let n = 0; n < CASES; n++) {
        const node = drawn(op, random);
        const what = about(node);
        const file = model(node);
        const written = (await lowered(file))!;
        expect(written, what).to.not.equal(undefined);
        for (const { opType } of parseModel(written).graph.node) expect(["LSTM", "GRU", "RNN"], what).to.not.include(opType);
        for (const scale of [1, 4]) {
          const feeds = feedsOf(node, random, () => scale * random.normal());
          const [source, portable] = [await run(file, feeds), await run(written, feeds)];
          expect(portable.map(({ dims }) => dims), what).to.deep.equal(source.map(({ dims }) => dims));
          // Where states grow from step to step, so does whatever differs in the first.
          if (source.some(({ data }) => data.some((value) => Math.abs(value) > 100))) continue;
          compared++;
          source.forEach(({ data }, i) => expect(distance(data, portable[i].data), `y${i}, ${scale}: ${what}`).to.be.at.most(2e-5));
        }
      }
      expect(compared).to.be.at.least(1.8 * CASES);
    });

    it(`${op}: is compiled into nodes of which every number has one right value, few of them for a step`, async function () {
      this.timeout(60_000);
      const random = new Random(7);
      const parameter = (...dims: number[]): ModelTensor => ({ dtype: 1, dims, raw: bytes(Float32Array.from({ length: sizeOf(dims) }, () => random.normal() / 4)) });
      const [steps, size, hidden] = [20, 4, 16];
      const rows = GATES[op] * hidden;
      const inputs = [{ dtype: 1, dims: [steps, 1, size] }, parameter(1, rows, size), parameter(1, rows, hidden), parameter(1, 2 * rows)];
      const { program, differences } = await compile(model({ op, inputs, attributes: { hidden_size: { int: hidden } }, opset: 17 }), { runtime: ortRuntime });
      expect(boundedNodes(program, "portable")).to.deep.equal([]);
      expect(program.nodes.length).to.be.at.most(steps * { LSTM: 15, GRU: 17, RNN: 4 }[op] + 5);
      for (const { absolute } of differences) expect(absolute).to.be.at.most(1e-6);
    });
  }

  it("may have the batch first, which the runtime does not know", async () => {
    const random = new Random(11);
    for (const op of ["LSTM", "GRU", "RNN"] as const) {
      const [steps, batch, size, hidden] = [3, 2, 4, 5];
      const rows = GATES[op] * hidden;
      const parameter = (...dims: number[]): ModelTensor => ({ dtype: 1, dims, raw: bytes(Float32Array.from({ length: sizeOf(dims) }, () => random.normal() / 2)) });
      const weights = [parameter(2, rows, size), parameter(2, rows, hidden), parameter(2, 2 * rows), null];
      const states = (...dims: number[]): ModelTensor[] => Array.from({ length: OUTPUTS[op] - 1 }, () => ({ dtype: 1, dims }));
      const attributes: Node["attributes"] = { hidden_size: { int: hidden }, direction: { string: "bidirectional" } };
      const first = { op, opset: 14, inputs: [{ dtype: 1, dims: [batch, steps, size] }, ...weights, ...states(batch, 2, hidden)], attributes: { ...attributes, layout: { int: 1 } } };
      const usual = { op, opset: 14, inputs: [{ dtype: 1, dims: [steps, batch, size] }, ...weights, ...states(2, batch, hidden)], attributes };
      const feeds = feedsOf(first, random, () => random.normal());
      const turned = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, swapped(tensor)]));
      const source = await run(model(usual), turned);
      const portable = await run((await compile(model(first), { runtime: ortRuntime })).canonical, feeds);
      expect(portable.map(({ dims }) => dims)).to.deep.equal([[batch, steps, 2, hidden], ...states().map(() => [batch, 2, hidden])]);
      // Y is [steps, directions, batch, hidden] there, and [batch, steps, directions, hidden] here.
      const y = Float32Array.from(portable[0].data, (_, i) => {
        const [h, d, t, b] = [i % hidden, Math.floor(i / hidden) % 2, Math.floor(i / hidden / 2) % steps, Math.floor(i / hidden / 2 / steps)];
        return source[0].data[((t * 2 + d) * batch + b) * hidden + h];
      });
      expect(distance(y, portable[0].data)).to.be.at.most(1e-6);
      portable.slice(1).forEach(({ data, dims }, i) => expect(distance(source[i + 1].data, swapped(new ort.Tensor("float32", data, dims)).data as Float32Array)).to.be.at.most(1e-6));
    }
  });

  it("are left as they are where the sequence is longer than it may be, and say so", async () => {
    const weights = (...dims: number[]): ModelTensor => ({ dtype: 1, dims, raw: bytes(new Float32Array(sizeOf(dims))) });
    const file = model({ op: "RNN", inputs: [{ dtype: 1, dims: [MOST_STEPS + 1, 1, 1] }, weights(1, 1, 1), weights(1, 1, 1)], attributes: { hidden_size: { int: 1 } }, opset: 17 });
    expect(await lowered(file)).to.equal(undefined);
    const error: unknown = await compile(file, { runtime: ortRuntime }).catch((e: unknown) => e);
    expect(String(error)).to.match(new RegExp(`^CompileError: node \\(RNN\\): the operator is supported only in portable form, where .* at most ${MOST_STEPS} steps`));
  });
});
