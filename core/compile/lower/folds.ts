import { sizeOf } from "../../tensor/shape.ts";
import type { Writer } from "./writer.ts";

/**
 * Values along axes, which stay with length one, brought together in pairs: the first half with the second, until one is left.
 * @param pair an operation for which order does not matter, but for rounding
 */
export function folded(w: Writer, x: string, dims: readonly number[], axes: readonly number[], pair: (a: string, b: string) => string): string {
  const left = [...dims];
  let value = x;
  for (const axis of axes) {
    const shape = [sizeOf(left.slice(0, axis)), left[axis], sizeOf(left.slice(axis + 1))];
    const before = [...left];
    left[axis] = 1;
    value = w.reshape(alongMiddle(w, w.reshape(value, before, shape), shape[1], pair), [shape[0], 1, shape[2]], left);
  }
  return value;
}

/** [a, n, b] becomes [a, 1, b]. */
function alongMiddle(w: Writer, x: string, n: number, pair: (a: string, b: string) => string): string {
  if (n === 1) return x;
  const half = Math.floor(n / 2);
  const halves = alongMiddle(w, pair(w.slice(x, 1, 0, half), w.slice(x, 1, half, 2 * half)), half, pair);
  return n % 2 === 0 ? halves : pair(halves, w.slice(x, 1, n - 1, n));
}
