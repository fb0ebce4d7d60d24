import { DType } from "../../../tensor/dtype.ts";
import type { Writer } from "../writer.ts";

/** Rows of heads that are rotated by their positions. */
export interface Rotated {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly size: number;
  /** Whether heads lie side by side in rows, [batch, length, heads · size], instead of [batch, heads, length, size]. */
  readonly isPacked: boolean;
  /** Elements of each head that are rotated: the first ones. */
  readonly width: number;
  /** Whether the two numbers of a pair lie beside each other, or half the width apart. */
  readonly isInterleaved: boolean;
}

/** What rotate writes. */
export const ROTATION = ["Reshape", "Slice", "Mul", "Add", "Concat", "Identity"] as const;

/**
 * Rotates pairs: (a, b) becomes (a · cos − b · sin, b · cos + a · sin).
 *
 * The pairs get an axis of their own; along it the value reversed is (b, a), and the sines are (−sin, sin).
 * @param cos,sin [batch or 1, length, width / 2]
 */
export function rotate(w: Writer, x: string, cos: string, sin: string, batches: number, r: Rotated): string {
  const { batch, length, heads, size, isPacked, width, isInterleaved } = r;
  const half = width / 2;
  const rows = isPacked ? [batch, length, heads] : [batch, heads, length];
  const whole = isPacked ? [batch, length, heads * size] : [...rows, size];
  const apart = w.reshape(x, whole, [...rows, size]);
  const pairs = isInterleaved ? [half, 2] : [2, half];
  const axis = isInterleaved ? 4 : 3;
  const turning = w.reshape(width === size ? apart : w.slice(apart, 3, 0, width), [...rows, width], [...rows, ...pairs]);
  const reversed = w.of("Slice", [turning, ...[-1, -3, axis, -1].map((bound) => w.integers([bound]))]);

  const places = [...(isPacked ? [batches, length, 1] : [batches, 1, length]), ...(isInterleaved ? [half, 1] : [1, half])];
  const factor = (name: string) => w.reshape(name, [batches, length, half], places);
  const signs = w.keep({ dtype: DType.float32, dims: isInterleaved ? [2] : [2, 1], data: new Uint8Array(Float32Array.of(-1, 1).buffer) });
  const turned = w.add(w.mul(turning, factor(cos)), w.mul(reversed, w.mul(factor(sin), signs)));

  const flat = w.reshape(turned, [...rows, ...pairs], [...rows, width]);
  const joined = width === size ? flat : w.concat([flat, w.slice(apart, 3, width, size)], 3);
  return w.reshape(joined, [...rows, size], whole);
}
