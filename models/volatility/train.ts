/**
 * Trains the volatility forecaster: `node models/train.ts volatility`.
 *
 * Conv, BatchNormalization and Relu four times, with dilations 1, 2, 4 and 8 and zeros before the first step, so that no step sees a
 * later one; a softmax over the steps weighs them; of the weighted mean one number, whose exponential is the forecast.
 */
import { Random } from "../../core/math/random.ts";
import { fit, row, weights } from "../training/fit.ts";
import { Graph } from "../training/graph.ts";
import { Matrix, relu, type Curve, type Moments, type Tape } from "../training/tape.ts";
import { simulate, TRAINING_SEED, TRAINING_STEPS, WINDOW } from "./market.ts";

const [CHANNELS, TAPS, DILATIONS] = [12, 3, [1, 2, 4, 8]];
const EPSILON = 1e-5;
/** How much of the running moments a batch takes. */
const MOMENTUM = 0.02;
const [SEED, STEPS, BATCH, RATE] = [20261129, 1_200, 64, 4e-3];

function newModel(random: Random) {
  return {
    layers: DILATIONS.map((dilation, i) => {
      const inputs = i === 0 ? 1 : CHANNELS;
      const running: Moments = { mean: new Float64Array(CHANNELS), variance: new Float64Array(CHANNELS).fill(1) };
      return { dilation, inputs, kernel: weights(random, TAPS * inputs, CHANNELS), scale: row(CHANNELS, 1), shift: row(CHANNELS), running };
    }),
    pool: { query: weights(random, CHANNELS, 1), position: row(WINDOW) },
    head: { weight: weights(random, CHANNELS, 1), bias: row(1) },
  };
}
type Model = ReturnType<typeof newModel>;

const parametersOf = ({ layers, pool, head }: Model): Matrix[] => [
  ...layers.flatMap(({ kernel, scale, shift }) => [kernel, scale, shift]),
  ...Object.values(pool),
  ...Object.values(head),
];

/** Every step with those that a kernel sees beside it: places of rows, tap by tap. */
function tapsOf(sequences: number, dilation: number): Int32Array {
  return Int32Array.from({ length: sequences * WINDOW * TAPS }, (_, i) => {
    const [at, tap] = [Math.floor(i / TAPS), i % TAPS];
    const back = (TAPS - 1 - tap) * dilation;
    return back > at % WINDOW ? -1 : at - back;
  });
}

function follow({ mean, variance }: Moments, batch: Moments): void {
  mean.forEach((_, i) => (mean[i] += MOMENTUM * (batch.mean[i] - mean[i])));
  variance.forEach((_, i) => (variance[i] += MOMENTUM * (batch.variance[i] - variance[i])));
}

/** The logarithms of the forecasts [sequences, 1] from returns [sequences * WINDOW, 1]; the running moments follow the batch's. */
function logForecast(tape: Tape, { layers, pool, head }: Model, returns: Matrix): Matrix {
  const sequences = returns.rows / WINDOW;
  const features = layers.reduce((x, { dilation, kernel, scale, shift, running }) => {
    const [standard, moments] = tape.standardise(tape.product(tape.gather(x, tapsOf(sequences, dilation), TAPS), kernel), "columns", EPSILON);
    follow(running, moments);
    return tape.map(tape.plus(tape.times(standard, scale), shift), relu);
  }, returns);
  const scores = tape.plus(tape.reshape(tape.product(features, pool.query), WINDOW), pool.position);
  const pooled = tape.product(tape.softmax(scores), features, { groups: sequences });
  return tape.plus(tape.product(pooled, head.weight), head.bias);
}

/** Kernels as ONNX has them, [outputs, inputs, taps], from rows by taps and inputs. */
const kernelOf = ({ values }: Matrix, inputs: number): number[] =>
  Array.from({ length: CHANNELS * inputs * TAPS }, (_, i) => {
    const [output, input, tap] = [Math.floor(i / (inputs * TAPS)), Math.floor(i / TAPS) % inputs, i % TAPS];
    return values[(tap * inputs + input) * CHANNELS + output];
  });

function fileOf({ layers, pool, head }: Model): Uint8Array {
  const g = new Graph();
  const features = layers.reduce((x, { dilation, inputs, kernel, scale, shift, running }, i) => {
    const [conv, norm] = [`conv${i + 1}`, `norm${i + 1}`];
    const filters = g.floats(`${conv}.weight`, [CHANNELS, inputs, TAPS], kernelOf(kernel, inputs));
    g.node(conv, "Conv", [x, filters], { kernel_shape: [TAPS], dilations: [dilation], pads: [(TAPS - 1) * dilation, 0] });
    const parts = { scale: scale.values, shift: shift.values, ...running };
    const constants = Object.entries(parts).map(([part, values]) => g.floats(`${norm}.${part}`, [CHANNELS], values));
    g.node(norm, "BatchNormalization", [conv, ...constants], { epsilon: { float: EPSILON } });
    return g.node(`relu${i + 1}`, "Relu", [norm]);
  }, "returns");
  const query = g.node("pool/query", "Conv", [features, g.floats("pool.query", [1, CHANNELS, 1], pool.query.values)], { kernel_shape: [1] });
  const scores = g.node("pool/scores", "Add", [query, g.floats("pool.position", [1, 1, WINDOW], pool.position.values)]);
  const shares = g.node("pool/shares", "Softmax", [scores], { axis: -1 });
  const pooled = g.node("pool/mean", "MatMul", [shares, g.node("pool/steps", "Transpose", [features], { perm: [0, 2, 1] })]);
  const flat = g.node("head/flat", "Flatten", [pooled]);
  const log = g.node("head/log", "Gemm", [flat, g.floats("head.weight", [CHANNELS, 1], head.weight.values), g.floats("head.bias", [1], head.bias.values)]);
  g.node("head/exp", "Exp", [log], {}, ["volatility"]);
  return g.model("volatility", { name: "returns", dims: [1, 1, WINDOW] }, { name: "volatility", dims: [1, 1] });
}

/** 1 / forecast² from the logarithm of a forecast. */
const inverseSquare: Curve = { of: (s) => Math.exp(-2 * s), slope: (_, y) => -2 * y };

export function train(): Uint8Array {
  const random = new Random(SEED);
  const model = newModel(random);
  const series = simulate(TRAINING_SEED, TRAINING_STEPS);
  fit({
    parameters: parametersOf(model),
    steps: STEPS,
    rate: RATE,
    loss(tape) {
      const starts = Array.from({ length: BATCH }, () => Math.floor(random.unit() * (TRAINING_STEPS - WINDOW)));
      const returns = new Matrix(BATCH * WINDOW, 1, Float64Array.from(starts.flatMap((start) => [...series.returns.subarray(start, start + WINDOW)])));
      const squares = new Matrix(BATCH, 1, Float64Array.from(starts, (start) => series.realised[start + WINDOW] ** 2));
      // QLIKE without what does not depend on the forecast: squares / forecast² + 2 ln forecast.
      const log = logForecast(tape, model, returns);
      return tape.mean(tape.plus(tape.plus(tape.times(tape.map(log, inverseSquare), squares), log), log));
    },
  });
  return fileOf(model);
}
