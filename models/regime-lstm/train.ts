/**
 * Trains the regime classifier: `node models/train.ts regime-lstm`.
 *
 * An LSTM reads the returns one by one; from its last state a Gemm and a Softmax make the probability of each regime.
 */
import { Random } from "../../core/math/random.ts";
import { fit, row, weights } from "../training/fit.ts";
import { Graph } from "../training/graph.ts";
import { Matrix, sigmoid, tanh, type Tape } from "../training/tape.ts";
import { REGIMES, simulate, STEPS, type Sequence } from "./market.ts";

const HIDDEN = 16;
/** ONNX's order of the gates, in columns: input, output, forget, cell. */
const GATES = 4 * HIDDEN;
const [SEED, ROUNDS, BATCH, RATE] = [20261201, 1_500, 64, 1e-2];

const newModel = (random: Random) => ({
  lstm: { input: weights(random, 1, GATES), state: weights(random, HIDDEN, GATES), bias: row(GATES) },
  head: { weight: weights(random, HIDDEN, REGIMES.length), bias: row(REGIMES.length) },
});
type Model = ReturnType<typeof newModel>;

/** Scores [sequences, regimes]. */
function classify(tape: Tape, { lstm, head }: Model, batch: readonly Sequence[]): Matrix {
  let [hidden, cell] = [new Matrix(batch.length, HIDDEN), new Matrix(batch.length, HIDDEN)];
  for (let step = 0; step < STEPS; step++) {
    const x = new Matrix(batch.length, 1, Float64Array.from(batch, ({ returns }) => returns[step]));
    const sums = tape.plus(tape.plus(tape.product(x, lstm.input), tape.product(hidden, lstm.state)), lstm.bias);
    const [i, o, f, c] = [sigmoid, sigmoid, sigmoid, tanh].map((curve, gate) => tape.map(tape.slice(sums, gate * HIDDEN, (gate + 1) * HIDDEN), curve));
    cell = tape.plus(tape.times(f, cell), tape.times(i, c));
    hidden = tape.times(o, tape.map(cell, tanh));
  }
  return tape.plus(tape.product(hidden, head.weight), head.bias);
}

const transposed = ({ rows, columns, values }: Matrix): number[] => Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);

function fileOf({ lstm, head }: Model): Uint8Array {
  const g = new Graph();
  const parts = [
    g.floats("lstm.input", [1, GATES, 1], transposed(lstm.input)),
    g.floats("lstm.state", [1, GATES, HIDDEN], transposed(lstm.state)),
    // A bias for what is read and one for the state: the second is zero.
    g.floats("lstm.bias", [1, 2 * GATES], [...lstm.bias.values, ...new Float64Array(GATES)]),
  ];
  g.node("lstm", "LSTM", ["returns", ...parts], { hidden_size: HIDDEN }, ["", "lstm"]);
  const flat = g.node("head/flat", "Reshape", ["lstm", g.integers("head.shape", [1, HIDDEN])]);
  const weight = g.floats("head.weight", [HIDDEN, REGIMES.length], head.weight.values);
  const scores = g.node("head/scores", "Gemm", [flat, weight, g.floats("head.bias", [REGIMES.length], head.bias.values)]);
  g.node("head/softmax", "Softmax", [scores], { axis: -1 }, ["probabilities"]);
  return g.model("regime-lstm", { name: "returns", dims: [STEPS, 1, 1] }, { name: "probabilities", dims: [1, REGIMES.length] });
}

export function train(): Uint8Array {
  const random = new Random(SEED);
  const model = newModel(random);
  fit({
    parameters: Object.values(model).flatMap((part) => Object.values(part) as Matrix[]),
    steps: ROUNDS,
    rate: RATE,
    loss(tape) {
      const batch = Array.from({ length: BATCH }, () => simulate(random));
      return tape.crossEntropy(classify(tape, model, batch), batch.map(({ regime }) => regime));
    },
  });
  return fileOf(model);
}
