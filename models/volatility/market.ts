/**
 * The market of the volatility forecaster: a simulated one, so that its true volatility is known. Returns follow a GARCH(1,1) with
 * leverage (Glosten, Jagannathan and Runkle 1993): the variance of a step is
 *
 *     v = OMEGA + (ALPHA + GAMMA if r < 0) r² + BETA v of the step before,
 *
 * with r the return of the step before, in percent. A step's return is the sum of PARTS normal ones of equal variance, and its realised
 * volatility the root of the sum of their squares, as from prices within the day.
 */
import { Random } from "../../core/math/random.ts";
import { gaussian } from "../training/gaussian.ts";

const [ALPHA, GAMMA, BETA] = [0.04, 0.16, 0.85];
/** The variance of a step is 1 in the mean, for the share of negative returns is a half. */
const OMEGA = 1 - ALPHA - GAMMA / 2 - BETA;
const PARTS = 24;
/** Steps after which nothing is left of how the series began. */
const WARM_UP = 500;

/** Steps that the forecaster sees. */
export const WINDOW = 64;
/** The series that it learns from. */
export const [TRAINING_SEED, TRAINING_STEPS] = [20261128, 60_000];

export interface Series {
  /** In percent. */
  readonly returns: Float64Array;
  readonly realised: Float64Array;
  /** The volatility that the step was drawn with: what a perfect forecast would be. */
  readonly true: Float64Array;
}

export function simulate(seed: number, steps: number): Series {
  const random = new Random(seed);
  const series = { returns: new Float64Array(steps), realised: new Float64Array(steps), true: new Float64Array(steps) };
  let variance = 1;
  for (let step = -WARM_UP; step < steps; step++) {
    const parts = Array.from({ length: PARTS }, () => gaussian(random) * Math.sqrt(variance / PARTS));
    const total = parts.reduce((sum, part) => sum + part, 0);
    if (step >= 0) {
      series.returns[step] = total;
      series.realised[step] = Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0));
      series.true[step] = Math.sqrt(variance);
    }
    variance = OMEGA + (total < 0 ? ALPHA + GAMMA : ALPHA) * total * total + BETA * variance;
  }
  return series;
}

/** Forecasts of the steps WINDOW, WINDOW + 1, … by the exponentially weighted mean of the squared returns of the WINDOW before. */
export function weightedMeans({ returns }: Series, decay: number): Float64Array {
  return Float64Array.from({ length: returns.length - WINDOW }, (_, start) => {
    let [sum, weight] = [0, 0];
    for (let step = start; step < start + WINDOW; step++) {
      sum = decay * sum + returns[step] ** 2;
      weight = decay * weight + 1;
    }
    return Math.sqrt(sum / weight);
  });
}

/** Mean QLIKE of forecasts beside realised volatilities: q - ln q - 1 with q the quotient of the squares; 0 where all are met. */
export function qlike(realised: Float64Array, forecasts: Float64Array): number {
  const losses = realised.map((volatility, i) => (volatility / forecasts[i]) ** 2).map((q) => q - Math.log(q) - 1);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
