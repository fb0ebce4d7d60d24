/** The held-out data of every shipped model, and how well its file does on them. */
import { readFileSync } from "node:fs";
import { compile } from "../core/compile/compile.ts";
import { measureSlack, rounded, type SlackSummary } from "../core/slack/slackSummary.ts";
import type { Runtime } from "../oracle/ports.ts";
import { readModel, type Figures } from "./cards.ts";
import { argmax, modelNames, readDigits } from "./digits.ts";
import { filtered, ofWindow, sequences } from "./regime-lstm/market.ts";
import { qlike, simulate, weightedMeans, WINDOW } from "./volatility/market.ts";

export const exampleNames = ["digits-vit", "tumour-gbt", "volatility", "regime-lstm"] as const;
export const shippedNames = [...modelNames, ...exampleNames] as const;
export type ShippedName = (typeof shippedNames)[number];

/** Data that a model was not trained on. */
export interface HeldOut {
  /** The bytes of the model's one input, run by run. */
  readonly inputs: readonly Uint8Array[];
  /** The output that tells how well it does, and what its bytes, run by run, tell. */
  readonly output: string;
  readonly figuresOf: (results: readonly Uint8Array[]) => Figures;
}

/** Seeds of the simulated markets that no training saw, and how much of each. */
const [VOLATILITY_SEED, REGIMES_SEED, RUNS] = [1, 2, 2_000];
/** The best of 0.80, 0.82 … 0.98 on the series that the forecaster learned from; the best of all lengths on such sequences. */
const [DECAY, LENGTH] = [0.9, 8];

const floats = (values: Iterable<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const firstFloat = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
const firstInteger = (bytes: Uint8Array): number => Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));

const count = (isRight: readonly boolean[]): number => isRight.filter(Boolean).length;

function classes(labels: readonly number[], inputs: readonly Uint8Array[], output: string, read: (result: Uint8Array) => number, beside?: Figures["beside"]): HeldOut {
  return {
    inputs,
    output,
    figuresOf: (results) => ({
      accuracy: { right: count(results.map((result, i) => read(result) === labels[i])), total: labels.length },
      ...(beside && { beside }),
    }),
  };
}

function digits(): HeldOut {
  const images = readDigits();
  return classes(images.map(({ label }) => label), images.map(({ input }) => input), "scores", argmax);
}

function tumours(): HeldOut {
  const { rows } = JSON.parse(readFileSync(new URL("tumour-gbt/tumours.json", import.meta.url), "utf8")) as { rows: readonly (readonly [number, readonly number[]])[] };
  return classes(rows.map(([label]) => label), rows.map(([, measurements]) => floats(measurements)), "label", firstInteger);
}

function regimes(): HeldOut {
  const drawn = sequences(REGIMES_SEED, RUNS);
  const rightOf = (tell: (returns: readonly number[]) => number): number => count(drawn.map(({ returns, regime }) => tell(returns) === regime));
  const beside = { [`the likeliest regime of the last ${LENGTH} returns`]: rightOf((returns) => ofWindow(returns, LENGTH)), "Hamilton's filter, the best in the mean": rightOf(filtered) };
  return classes(drawn.map(({ regime }) => regime), drawn.map(({ returns }) => floats(returns)), "probabilities", argmax, beside);
}

function volatility(): HeldOut {
  const series = simulate(VOLATILITY_SEED, RUNS + WINDOW);
  const realised = series.realised.subarray(WINDOW);
  const lossOf = (forecasts: Float64Array): number => Number(qlike(realised, forecasts).toPrecision(3));
  return {
    inputs: Array.from({ length: RUNS }, (_, start) => floats(series.returns.subarray(start, start + WINDOW))),
    output: "volatility",
    figuresOf: (results) => ({
      loss: { measure: "QLIKE", mean: lossOf(Float64Array.from(results, firstFloat)), total: RUNS },
      beside: {
        [`the exponentially weighted mean, decay ${DECAY}`]: lossOf(weightedMeans(series, DECAY)),
        "the true volatility, the best in the mean": lossOf(series.true.subarray(WINDOW)),
      },
    }),
  };
}

const HELD_OUT: Readonly<Record<ShippedName, () => HeldOut>> = {
  ...{ "digits-mlp": digits, "digits-cnn": digits, "digits-cnn-int8": digits, "digits-vit": digits },
  ...{ "tumour-gbt": tumours, volatility, "regime-lstm": regimes },
};

export const heldOut = (name: ShippedName): HeldOut => HELD_OUT[name]();

/** How well a file of the model does on its held-out data. */
export async function measureFigures(runtime: Runtime, name: ShippedName, file: Uint8Array = readModel(name)): Promise<Figures> {
  const { inputs, output, figuresOf } = heldOut(name);
  const session = await runtime.open(file);
  try {
    const [{ name: input, dtype, dims }] = session.inputs;
    const results: Uint8Array[] = [];
    for (const data of inputs) results.push((await session.run(new Map([[input, { dtype, dims: dims as number[], data }]]), [output])).get(output)!.data);
    return figuresOf(results);
  } finally {
    await session.release();
  }
}

/** The slack of the compiled model over all held-out data, rounded as in its card. */
export async function measureModelSlack(runtime: Runtime, name: ShippedName): Promise<SlackSummary> {
  const model = await compile(readModel(name), { runtime });
  const [slack] = await measureSlack(model, runtime, heldOut(name).inputs.map((input) => [input]));
  return rounded(slack);
}
