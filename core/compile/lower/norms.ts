import { INTO_POWER, raised } from "./power.ts";
import type { Writer } from "./writer.ts";

/** What a norm writes besides the sum. */
export const INTO_NORM = INTO_POWER;

/** Whether a norm is made of squares and roots of them alone. */
const isPowerOfTwo = (p: number): boolean => Number.isInteger(Math.log2(p));

/** |x|^p. */
export function powerOf(w: Writer, x: string, p: number): string {
  if (!isPowerOfTwo(p)) return raised(w, w.abs(x), p);
  let power = p === 1 ? w.abs(x) : x;
  for (let n = 1; n < p; n *= 2) power = w.mul(power, power);
  return power;
}

/** x^(1/p) of a sum of such powers. */
export function rootOf(w: Writer, x: string, p: number): string {
  if (!isPowerOfTwo(p)) return raised(w, x, 1 / p);
  let root = x;
  for (let n = 1; n < p; n *= 2) root = w.sqrt(root);
  return root;
}
