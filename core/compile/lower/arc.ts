import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import { oddPolynomial } from "./series.ts";
import type { Writer } from "./writer.ts";

/** Minimax polynomials of Cephes (atanf, asinf), of x² from 0 to tan²(π/8) and to ¼. */
const ARCTANGENT = [-3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2];
const ARCSINE = [1.6666752422e-1, 7.4953002686e-2, 4.547002599e-2, 2.4181311049e-2, 4.2163199048e-2];

const [BEYOND_EIGHTH, INTO] = [Math.tan(Math.PI / 8), ["Abs", "Less", "Where", "Add", "Sub", "Mul", "Div", "Min", "Max", "Sqrt", "Clip"]];

/** The value with the sign of x. */
const signedAs = (w: Writer, x: string, value: string): string => w.where(w.less(x, 0), w.mul(value, -1), value);

/** With z = min(|x|, 1/|x|): atan z = π/4 + atan((z − 1)/(z + 1)) beyond tan(π/8), and atan |x| = π/2 − atan z beyond 1. */
export const atan: Lowering = activation("Atan", 7, INTO, (w, x) => {
  const a = w.abs(x);
  const z = w.div(w.min(a, 1), w.max(a, 1));
  const isFar = w.less(BEYOND_EIGHTH, z);
  const t = w.where(isFar, w.div(w.sub(z, 1), w.add(z, 1)), z);
  const near = oddPolynomial(w, t, w.mul(t, t), ARCTANGENT);
  const angle = w.where(isFar, w.add(near, Math.PI / 4), near);
  return signedAs(w, x, w.where(w.less(1, a), w.sub(Math.PI / 2, angle), angle));
});

/** asin of |x|, or beyond ½ that of √((1 − |x|)/2), which is half of π/2 − asin |x|; and whether it is beyond. */
function arcsine(w: Writer, x: string): { a: string; isFar: string; angle: string } {
  const a = w.abs(x);
  const isFar = w.less(0.5, a);
  const square = w.where(isFar, w.mul(w.sub(1, a), 0.5), w.mul(a, a));
  const root = w.where(isFar, w.sqrt(square), a);
  return { a, isFar, angle: oddPolynomial(w, root, square, ARCSINE) };
}

export const asin: Lowering = activation("Asin", 7, INTO, (w, x) => {
  const { isFar, angle } = arcsine(w, x);
  return signedAs(w, x, w.where(isFar, w.sub(Math.PI / 2, w.mul(angle, 2)), angle));
});

/** 2·angle or π − 2·angle beyond ½, by the sign of x; π/2 − asin x elsewhere. */
export const acos: Lowering = activation("Acos", 7, INTO, (w, x) => {
  const { isFar, angle } = arcsine(w, x);
  const twice = w.mul(angle, 2);
  const far = w.where(w.less(x, 0), w.sub(Math.PI, twice), twice);
  return w.where(isFar, far, w.sub(Math.PI / 2, signedAs(w, x, angle)));
});
