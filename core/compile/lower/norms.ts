import type { Writer } from "./writer.ts";

/** Exponents of which a norm is written with products and square roots: powers of two, of which 16 is the last that float32 has room for. */
export const NORMS: readonly number[] = [1, 2, 4, 8, 16];

/** What a norm writes besides the sum. */
export const INTO_NORM = ["Abs", "Mul", "Sqrt"] as const;

/** |x|^p. */
export function powerOf(w: Writer, x: string, p: number): string {
  let power = p === 1 ? w.abs(x) : x;
  for (let n = 1; n < p; n *= 2) power = w.mul(power, power);
  return power;
}

/** x^(1/p) of a sum of such powers. */
export function rootOf(w: Writer, x: string, p: number): string {
  let root = x;
  for (let n = 1; n < p; n *= 2) root = w.sqrt(root);
  return root;
}
