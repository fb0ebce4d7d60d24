import { mean } from "./sums.ts";
import type { Term, Writer } from "./writer.ts";

/** The numbers along these axes, brought to mean 0 and variance 1: (x − m) / √(v + ε). */
export function normalised(w: Writer, x: string, dims: readonly number[], axes: readonly number[], epsilon: Term): string {
  const centred = w.sub(x, mean(w, x, dims, axes));
  const variance = mean(w, w.mul(centred, centred), dims, axes);
  return w.div(centred, w.sqrt(w.add(variance, epsilon)));
}

/** What a normalisation writes. */
export const NORMALISED = ["MatMul", "Slice", "Reshape", "Sub", "Mul", "Add", "Sqrt", "Div"] as const;
