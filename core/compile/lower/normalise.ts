import { mean } from "./sums.ts";
import type { Term, Writer } from "./writer.ts";

/** Numbers that were normalised, and by what. */
export interface Normalised {
  readonly y: string;
  readonly mean: string;
  /** √(v + ε). */
  readonly deviation: string;
}

/** The numbers along these axes, brought to mean 0 and variance 1: (x − m) / √(v + ε). */
export function normalise(w: Writer, x: string, dims: readonly number[], axes: readonly number[], epsilon: Term): Normalised {
  const m = mean(w, x, dims, axes);
  const centred = w.sub(x, m);
  const deviation = w.sqrt(w.add(mean(w, w.mul(centred, centred), dims, axes), epsilon));
  return { y: w.div(centred, deviation), mean: m, deviation };
}

/** The same without what it was normalised by. */
export const normalised = (w: Writer, x: string, dims: readonly number[], axes: readonly number[], epsilon: Term): string =>
  normalise(w, x, dims, axes, epsilon).y;

/** What a normalisation writes. */
export const NORMALISED = ["MatMul", "Slice", "Reshape", "Sub", "Mul", "Add", "Sqrt", "Div"] as const;

/** The numbers along these axes divided by the root of the mean of their squares, √(m(x²) + ε). */
export function scaled(w: Writer, x: string, dims: readonly number[], axes: readonly number[], epsilon: Term): Omit<Normalised, "mean"> {
  const deviation = w.sqrt(w.add(mean(w, w.mul(x, x), dims, axes), epsilon));
  return { y: w.div(x, deviation), deviation };
}
