import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { lower } from "../../../core/compile/lower/lower.ts";
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
  }
});
