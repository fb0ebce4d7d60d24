import { sum } from "../sums.ts";
import type { Writer } from "../writer.ts";

/** Sizes of an attention: every head of queries attends to one of keys and values, which may serve several heads. */
export interface Heads {
  readonly batch: number;
  /** Heads of queries. */
  readonly heads: number;
  /** Heads of keys and values; they divide those of queries. */
  readonly groups: number;
  /** Positions that attend. */
  readonly rows: number;
  /** Positions that are attended to. */
  readonly columns: number;
  /** Elements of a query and of a key. */
  readonly size: number;
  /** Elements of a value. */
  readonly valueSize: number;
}

/** The least finite float32, which stands for −∞ in the runtime's masks, and its neighbour. */
export const LOWEST = -(2 - 2 ** -23) * 2 ** 127;
const ABOVE_LOWEST = -(2 - 2 ** -22) * 2 ** 127;

/** [batch, length, heads · size] becomes [batch, heads, length, size], or with the last two axes turned. */
export function byHeads(w: Writer, x: string, [batch, length, width]: readonly number[], heads: number, isTurned = false): string {
  const apart = w.reshape(x, [batch, length, width], [batch, length, heads, width / heads]);
  return w.transpose(apart, isTurned ? [0, 2, 3, 1] : [0, 2, 1, 3]);
}

/** [batch, heads, rows, size] becomes [batch, rows, heads · size]. */
export function sideBySide(w: Writer, y: string, { batch, heads, rows, valueSize }: Heads): string {
  return w.reshape(w.transpose(y, [0, 2, 1, 3]), [batch, rows, heads, valueSize], [batch, rows, heads * valueSize]);
}

/**
 * Products with what a group of heads has in common: [batch, heads, rows, n] times [batch, groups, n, m].
 *
 * Rationale: the rows of all heads of a group are multiplied at once. So keys and values are not repeated for every head.
 */
export function groupProduct(w: Writer, x: string, shared: string, { batch, heads, groups, rows }: Heads, n: number, m: number): string {
  const apart = [batch, heads, rows];
  const together = [batch, groups, (heads / groups) * rows];
  return w.reshape(w.of("MatMul", [w.reshape(x, [...apart, n], [...together, n]), shared]), [...together, m], [...apart, m]);
}

/**
 * Softmax over the last axis; zeros where a mask leaves nothing of a row.
 *
 * The greatest number of a row is replaced by one above the lowest where it is the lowest or −∞: so the powers of such a row vanish,
 * and the sum of every other one is at least 1.
 */
export function softmaxOrNothing(w: Writer, x: string, dims: readonly number[]): string {
  const axes = [dims.length - 1];
  const powers = w.exp(w.sub(x, w.max(w.greatest(x, axes), ABOVE_LOWEST)));
  return w.div(powers, w.max(sum(w, powers, dims, axes), 0.5));
}

/** For every row and column 0 where a position may be attended to, else another number: each row attends up to its own place. */
export const upTo = ({ rows, columns }: Pick<Heads, "rows" | "columns">, past: number, allowed: number, hidden: number, window = Infinity): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => {
    const behind = past + Math.floor(i / columns) - (i % columns);
    return behind >= 0 && behind < window ? allowed : hidden;
  });

/** What softmaxOrNothing writes. */
export const SOFTMAX_OR_NOTHING = ["ReduceMax", "Max", "Sub", "Exp", "MatMul", "Slice", "Reshape", "Div"] as const;
