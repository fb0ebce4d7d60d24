import { integerAttribute } from "../lowering.ts";
import type { Writer } from "../writer.ts";

/** What becomes of scores in the end. */
export type PostTransform = "NONE" | "LOGISTIC" | "SOFTMAX" | "SOFTMAX_ZERO" | "PROBIT";

const TRANSFORMS: readonly string[] = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"];

export const isPostTransform = (name: string): name is PostTransform => TRANSFORMS.includes(name);

/** Operators that they are written in. */
export const POST_TRANSFORMS_INTO = ["Sigmoid", "Softmax", "ReduceMax", "Sub", "Exp", "Mul", "Abs", "Greater", "Where", "MatMul", "Div", "Add", "Log", "Sqrt", "Max", "Min"];

/** Scores of this size and less are no scores to SOFTMAX_ZERO. */
const ZERO = 1e-7;

/** Of scores [rows, n], row by row. */
export function transformed(w: Writer, scores: string, n: number, how: PostTransform): string {
  switch (how) {
    case "NONE":
      return scores;
    case "LOGISTIC":
      return w.of("Sigmoid", [scores]);
    case "SOFTMAX":
      return w.of("Softmax", [scores], [integerAttribute("axis", 1)]);
    case "SOFTMAX_ZERO":
      return softmaxZero(w, scores, n);
    case "PROBIT":
      return probit(w, scores);
  }
}

/** e^(x − m) of what is not zero, x · e^−m of what is, both over the sum of the former; m is the greatest of all. */
function softmaxZero(w: Writer, x: string, n: number): string {
  const greatest = w.greatest(x, [1]);
  const isScore = w.of("Greater", [w.abs(x), ZERO]);
  const powers = w.exp(w.sub(x, greatest));
  const sum = w.of("MatMul", [w.of("Where", [isScore, powers, 0]), w.constant([n, 1], new Float32Array(n).fill(1))]);
  return w.div(w.of("Where", [isScore, powers, w.mul(x, w.exp(w.mul(greatest, -1)))]), sum);
}

/** √2 · erf⁻¹(2x − 1), by Winitzki's formula with a = 0.147: erf⁻¹ z = ± √(√(v² − l/a) − v) with l = ln(1 − z²), v = 2/(πa) + l/2. */
function probit(w: Writer, x: string): string {
  const z = w.sub(w.mul(x, 2), 1);
  const log = w.of("Log", [w.mul(w.sub(1, z), w.add(1, z))]);
  const v = w.add(w.mul(log, 0.5), 2 / (Math.fround(3.14159) * Math.fround(0.147)));
  const root = w.sqrt(w.sub(w.sqrt(w.sub(w.mul(v, v), w.mul(log, 1 / Math.fround(0.147)))), v));
  const signed = w.of("Where", [w.of("Less", [z, 0]), w.mul(root, -1), root]);
  return w.mul(signed, Math.SQRT2);
}

