import type { Random } from "../../support/random.ts";
import { dims } from "./draw.ts";

/** Shapes of a (batched, broadcast) matrix product, of which a vector may be an operand. */
export interface Product {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly y: readonly number[];
}

/** Products that an element is made of: few, or about as many as a vector register or a leaf holds, or hundreds. */
export const drawLength = (random: Random): number =>
  random.chance(0.1) ? random.int(200, 700) : random.chance(0.3) ? random.pick([31, 32, 33, 64, 70]) : random.int(1, 40);

export function drawProduct(random: Random): Product {
  const [m, k, n] = [random.int(1, 5), drawLength(random), random.int(1, 9)];
  const batch = random.chance(0.5) ? [] : dims(random, 1, 2, 3);
  const part = (): number[] => batch.map((d) => (random.chance(0.3) ? 1 : d)).slice(random.chance(0.3) ? random.int(0, batch.length) : 0);
  const [vectorA, vectorB] = [random.chance(0.1), random.chance(0.1)];
  const a = vectorA ? [k] : [...part(), m, k];
  const b = vectorB ? [k] : [...part(), k, n];
  const [x, y] = [a.slice(0, -2), b.slice(0, -2)];
  const rank = Math.max(x.length, y.length);
  const common = Array.from({ length: rank }, (_, i) => Math.max(x[i - rank + x.length] ?? 1, y[i - rank + y.length] ?? 1));
  return { a, b, y: [...common, ...(vectorA ? [] : [m]), ...(vectorB ? [] : [n])] };
}
