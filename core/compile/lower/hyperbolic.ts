import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import { INTO_LOGARITHM, logarithm } from "./logarithm.ts";
import { oddPolynomial } from "./series.ts";
import type { Writer } from "./writer.ts";

const INTO = ["Abs", "Less", "Where", "Exp", "Add", "Sub", "Mul", "Div"];

/** The Taylor series of sinh up to x¹¹: what follows is below 2⁻³² where |x| is at most 1. */
const SERIES = [6, 120, 5040, 362_880, 39_916_800].map((n) => 1 / n);

/** e^|x| / 2, made of (e^(|x|/2))² / 2, which is finite as far as the results are. */
function halfPower(w: Writer, x: string): string {
  const root = w.exp(w.mul(w.abs(x), 0.5));
  return w.mul(w.mul(root, 0.5), root);
}

/** With h = e^|x| / 2: ±(h − ¼/h), or the series where |x| is at most 1. */
export const sinh: Lowering = activation("Sinh", 9, INTO, (w, x) => {
  const half = halfPower(w, x);
  const far = w.sub(half, w.div(0.25, half));
  const signed = w.where(w.less(x, 0), w.mul(far, -1), far);
  return w.where(w.less(1, w.abs(x)), signed, oddPolynomial(w, x, w.mul(x, x), SERIES));
});

/** h + ¼/h. */
export const cosh: Lowering = activation("Cosh", 9, INTO, (w, x) => {
  const half = halfPower(w, x);
  return w.add(half, w.div(0.25, half));
});

/** From here on √(x² ± 1) is x, and the result ln 2x. */
const LARGE = 2 ** 13;

/** ln(1 + u); ln x + ln 2 of a large x. */
function logarithmOf(w: Writer, x: string, u: string): string {
  const isLarge = w.less(LARGE, x);
  const below = w.where(isLarge, w.sub(x, 1), u);
  return w.add(logarithm(w, w.where(isLarge, x, w.add(u, 1)), below), w.where(isLarge, Math.LN2, 0));
}

/** ±ln(1 + u) with a = |x| and u = a + a²/(1 + √(a² + 1)). */
export const asinh: Lowering = activation("Asinh", 9, INTO_LOGARITHM, (w, x) => {
  const a = w.abs(x);
  const square = w.mul(a, a);
  const u = w.add(a, w.div(square, w.add(w.sqrt(w.add(square, 1)), 1)));
  const y = logarithmOf(w, a, u);
  return w.where(w.less(x, 0), w.mul(y, -1), y);
});

/** ln(1 + u) with t = x − 1 and u = t + √t·√(t + 2), which of x below 1 is NaN. */
export const acosh: Lowering = activation("Acosh", 9, INTO_LOGARITHM, (w, x) => {
  const t = w.sub(x, 1);
  return logarithmOf(w, x, w.add(t, w.mul(w.sqrt(t), w.sqrt(w.add(t, 2)))));
});

/** ±½·ln(1 + u) with a = |x| and u = 2a/(1 − a). */
export const atanh: Lowering = activation("Atanh", 9, INTO_LOGARITHM, (w, x) => {
  const a = w.abs(x);
  const u = w.div(w.mul(a, 2), w.sub(1, a));
  const y = w.mul(logarithm(w, w.add(u, 1), u), 0.5);
  return w.where(w.less(x, 0), w.mul(y, -1), y);
});
