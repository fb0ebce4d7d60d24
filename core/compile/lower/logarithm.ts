import { twiceArtanh } from "./series.ts";
import type { Writer } from "./writer.ts";

/** What a logarithm is written in terms of. */
export const INTO_LOGARITHM: readonly string[] = ["Less", "Where", "Abs", "Sqrt", "Clip", "Add", "Sub", "Mul", "Div", "Exp"];

/** Smaller numbers are multiplied by 2⁶⁴: of subnormal ones no bit is lost, and e^−y stays finite. */
export const [SMALL, SCALE] = [2 ** -64, 2 ** 64];
/** The ends of float32: what is beyond is infinite, what is smaller 0. */
export const [LEAST, LARGEST] = [2 ** -149, 2 ** 128 - 2 ** 104];
/** So many square roots bring every number between 2⁻⁸⁵ and 2¹²⁸ between ½ and 2. */
const ROOTS = 7;

/**
 * The natural logarithm of all numbers.
 *
 * Between ½ and 2 it is 2·artanh(u/(u + 2)) with u = x − 1. Elsewhere the same of the root r = x^(1/2⁷), times 2⁷, gives y within
 * 2⁷·2⁻²⁴ of it, and ln x = y + ln(x·e^−y), of which x·e^−y − 1 is all but 2⁻³⁴.
 * @param u x − 1: of a number near 1 it says more than x does
 */
export function logarithm(w: Writer, x: string, u: string = w.sub(x, 1)): string {
  const isSmall = w.less(x, SMALL);
  const scaled = w.where(isSmall, w.mul(x, SCALE), x);
  let root = scaled;
  for (let i = 0; i < ROOTS; i++) root = w.sqrt(root);
  const isFar = w.less(0, w.abs(w.sub(x, w.clip(x, 0.5, 2))));
  const above = w.where(isFar, w.sub(root, 1), u);
  const near = twiceArtanh(w, w.div(above, w.add(above, 2)));
  const y = w.mul(near, 2 ** ROOTS);
  const exact = w.add(y, w.sub(w.mul(scaled, w.exp(w.mul(y, -1))), 1));
  const far = w.sub(exact, w.where(isSmall, Math.log(SCALE), 0));
  const finite = w.where(w.less(LARGEST, x), Infinity, w.where(isFar, far, near));
  return w.where(w.less(w.abs(x), LEAST), -Infinity, finite);
}
