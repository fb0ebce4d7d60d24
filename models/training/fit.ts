import type { Random } from "../../core/math/random.ts";
import { gaussian } from "./gaussian.ts";
import { Matrix, Tape } from "./tape.ts";

/** Weights to begin with: normal numbers whose products keep the spread of their `rows` inputs. */
export function weights(random: Random, rows: number, columns: number): Matrix {
  return new Matrix(rows, columns, Float64Array.from({ length: rows * columns }, () => gaussian(random) / Math.sqrt(rows)));
}

/** A row of equal numbers to begin with: a bias, or a scale. */
export const row = (columns: number, value = 0): Matrix => new Matrix(1, columns, new Float64Array(columns).fill(value));

/** As Kingma and Ba (2015) recommend; the decay of weights beside the gradient as Loshchilov and Hutter (2019). */
const [FIRST, SECOND, TINY] = [0.9, 0.999, 1e-8];

export interface Fit {
  readonly parameters: readonly Matrix[];
  readonly steps: number;
  /** The learning rate at the beginning; it sinks to zero along half a cosine. */
  readonly rate: number;
  /** Share of a weight that a step takes away at learning rate 1; none by default. */
  readonly decay?: number;
  /** The loss of the next batch. */
  readonly loss: (tape: Tape) => Matrix;
  /** Hears ten times how it goes; by default it is printed. */
  readonly say?: (line: string) => void;
}

/** Fits the parameters with Adam. */
export function fit({ parameters, steps, rate, decay = 0, loss, say = console.log }: Fit): void {
  const moments = parameters.map(({ values }) => [new Float64Array(values.length), new Float64Array(values.length)] as const);
  let recent = 0;
  for (let step = 1; step <= steps; step++) {
    for (const { gradient } of parameters) gradient.fill(0);
    const tape = new Tape();
    const result = loss(tape);
    tape.backward(result);
    const now = (rate * (1 + Math.cos((Math.PI * (step - 1)) / steps))) / 2;
    parameters.forEach(({ values, gradient }, p) => {
      const [first, second] = moments[p];
      gradient.forEach((g, i) => {
        first[i] = FIRST * first[i] + (1 - FIRST) * g;
        second[i] = SECOND * second[i] + (1 - SECOND) * g * g;
        const [mean, square] = [first[i] / (1 - FIRST ** step), second[i] / (1 - SECOND ** step)];
        values[i] -= now * (mean / (Math.sqrt(square) + TINY) + decay * values[i]);
      });
    });
    recent += (result.values[0] - recent) / Math.min(step, 100);
    if (step % Math.ceil(steps / 10) === 0) say(`step ${step} of ${steps}: loss ${recent.toFixed(4)}`);
  }
}
