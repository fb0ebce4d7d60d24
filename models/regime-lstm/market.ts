/**
 * The market of the regime classifier: a simulated one, so that its regime is known. It is in one of three regimes, stays there or
 * changes at random, and its returns, in percent, are normal with the mean and the deviation of the regime (Hamilton 1989).
 */
import { Random } from "../../core/math/random.ts";
import { gaussian } from "../training/gaussian.ts";

export interface Regime {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  /** Probabilities of each regime at the next step. */
  readonly next: readonly number[];
}

export const REGIMES: readonly Regime[] = [
  { name: "calm", mean: 0, deviation: 0.7, next: [0.96, 0.01, 0.03] },
  { name: "rally", mean: 0.5, deviation: 0.8, next: [0.02, 0.95, 0.03] },
  { name: "crash", mean: -0.6, deviation: 1.5, next: [0.02, 0.18, 0.8] },
];

/** Steps that the classifier sees. */
export const STEPS = 24;

export interface Sequence {
  /** In percent. */
  readonly returns: readonly number[];
  /** Place of the regime of the last step. */
  readonly regime: number;
}

/** Place of what a number in [0, 1) draws from these probabilities. */
function drawn(probabilities: readonly number[], unit: number): number {
  let [place, rest] = [0, unit - probabilities[0]];
  while (rest >= 0 && place < probabilities.length - 1) rest -= probabilities[++place];
  return place;
}

/** A sequence that begins in a regime as likely as any. */
export function simulate(random: Random): Sequence {
  let regime = drawn(REGIMES.map(() => 1 / REGIMES.length), random.unit());
  const returns = Array.from({ length: STEPS }, (_, step) => {
    if (step > 0) regime = drawn(REGIMES[regime].next, random.unit());
    return REGIMES[regime].mean + REGIMES[regime].deviation * gaussian(random);
  });
  return { returns, regime };
}

export const sequences = (seed: number, count: number): Sequence[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => simulate(random));
};

const likelihood = ({ mean, deviation }: Regime, value: number): number => Math.exp(-(((value - mean) / deviation) ** 2) / 2) / deviation;

const likeliest = (probabilities: readonly number[]): number => probabilities.indexOf(Math.max(...probabilities));

/** The likeliest regime, if all is known of the market but its state: no classifier is right more often (Hamilton's filter). */
export function filtered(returns: readonly number[]): number {
  const last = returns.reduce<readonly number[] | undefined>((before, value) => {
    const expected = REGIMES.map((_, to) => (before === undefined ? 1 : before.reduce((sum, p, from) => sum + p * REGIMES[from].next[to], 0)));
    const joint = REGIMES.map((regime, i) => expected[i] * likelihood(regime, value));
    const total = joint.reduce((sum, each) => sum + each, 0);
    return joint.map((each) => each / total);
  }, undefined);
  return likeliest(last!);
}

/** The likeliest regime if the last `length` returns were all of one. */
export const ofWindow = (returns: readonly number[], length: number): number =>
  likeliest(REGIMES.map((regime) => returns.slice(-length).reduce((product, value) => product * likelihood(regime, value), 1)));
