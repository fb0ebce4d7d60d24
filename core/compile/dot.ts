import { chainDot, sameFloat } from "../math/float32.ts";
import { blockAt, gemvDot } from "../math/gemv.ts";
import { BIAS_FIRST, CONTIGUOUS_ROWS } from "../operators/floatDot/sgemm.ts";
import type { Dot, FloatInputs } from "../operators/dot.ts";
import { operatorOf } from "../operators/index.ts";
import { Rule, type Arithmetic } from "../program/types.ts";
import type { Mapped } from "../operators/reading/mapped.ts";

/** Takes a dot product apart. The inputs must have the shapes that the node was mapped with. */
export function dotOf(mapped: Mapped, values: FloatInputs): Dot {
  const { dot } = operatorOf(mapped.opcode);
  if (dot === undefined) throw new Error(`opcode ${mapped.opcode} is no dot product`);
  return dot(mapped, values);
}

/** What the arithmetic yields for one element. */
export function evaluate(dot: Dot, { rule, chunk, flags }: Arithmetic, a: Float32Array, block: number, row: number, column: number): number {
  const bias = dot.bias(block, row, column);
  const b = dot.column(block, column);
  const first = (flags & BIAS_FIRST) === 0 ? 0 : bias;
  const last = (flags & BIAS_FIRST) === 0 ? bias : 0;
  if (rule === Rule.chain) return chainDot(a, b, { chunk, alpha: dot.alpha, first, last });
  const place = dot.element(block, row, column) % dot.run;
  return gemvDot(a, b, { block: (flags & CONTIGUOUS_ROWS) === 0 ? undefined : blockAt(place, dot.run), first, last });
}

/**
 * The candidates whose every element agrees with the output. Where all elements together take more than `budget`
 * products, whole rows and whole columns are compared until the budget is spent, and of a row or column that takes more than half
 * of it a part: the first and last ones, where kernels treat what is left over after full vectors, and others spread between.
 */
export function matching(dot: Dot, output: Float32Array, stated: readonly Arithmetic[], budget: number): readonly Arithmetic[] {
  const { blocks, rows, columns, length } = dot;
  const affordable = Math.max(1, Math.floor(budget / length));
  let alive = stated;
  const a = new Float32Array(length);
  const compare = (block: number, row: number, places: readonly number[]): void => {
    for (const column of places) {
      const value = output[dot.element(block, row, column)];
      for (const arithmetic of alive) {
        if (!sameFloat(evaluate(dot, arithmetic, a, block, row, column), value)) alive = alive.filter((other) => other !== arithmetic);
      }
      if (alive.length === 0) return;
    }
  };
  const compareBlock = (block: number, lines: ReadonlyMap<number, readonly number[]>): void => {
    for (const [row, places] of lines) {
      dot.gather(block, row, a);
      compare(block, row, places);
      if (alive.length === 0) return;
    }
  };
  const isAll = blocks * rows * columns <= affordable;
  const chosen = isAll ? upTo(blocks) : spread(blocks, Math.max(1, Math.min(32, Math.floor(affordable / (rows + columns)))));
  const lines = isAll ? new Map(upTo(rows).map((row) => [row, upTo(columns)])) : crossing(rows, columns, affordable / chosen.length);
  for (const block of chosen) if (alive.length > 0) compareBlock(block, lines);
  return alive;
}

/** Which columns of which rows are compared, so that about half of the elements make whole rows and half whole columns. */
function crossing(rows: number, columns: number, elements: number): Map<number, number[]> {
  const half = Math.max(1, Math.floor(elements / 2));
  const wholeColumns = spread(columns, Math.max(1, Math.floor(half / rows)));
  const places = spread(columns, half);
  const lines = new Map(spread(rows, half).map((row) => [row, wholeColumns]));
  for (const row of spread(rows, Math.max(1, Math.floor(half / columns)))) lines.set(row, places);
  return lines;
}

const upTo = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** At most `count` of the indices below `size`: the last ones, the first ones, and others evenly between. */
function spread(size: number, count: number): number[] {
  if (count >= size) return upTo(size);
  const third = Math.max(1, Math.min(32, Math.floor(count / 3)));
  const picked = new Set<number>();
  for (let i = 0; i < third && picked.size < count; i++) picked.add(size - 1 - i);
  for (let i = 0; i < third && picked.size < count; i++) picked.add(i);
  const left = count - picked.size;
  for (let i = 0; i < left; i++) picked.add(Math.floor(((i + 1) * size) / (left + 1)));
  return [...picked].filter((i) => i < size).sort((x, y) => x - y);
}
