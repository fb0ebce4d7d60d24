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
  const added = (flags & BIAS_FIRST) === 0 ? { first: 0, last: bias } : { first: bias, last: 0 };
  if (rule === Rule.chain) return chainDot(a, b, { chunk, alpha: dot.alpha, ...added });
  const place = dot.element(block, row, column) % dot.run;
  return gemvDot(a, b, { block: (flags & CONTIGUOUS_ROWS) === 0 ? undefined : blockAt(place, dot.run), ...added });
}

/**
 * The candidates whose every element agrees with the output. Where all elements together take more than `budget`
 * products, whole rows and whole columns are compared until the budget is spent: the first and last ones, where
 * kernels treat what is left over after full vectors, and others spread between.
 */
export function matching(dot: Dot, output: Float32Array, stated: readonly Arithmetic[], budget: number): readonly Arithmetic[] {
  const { blocks, rows, columns, length } = dot;
  const affordable = Math.max(1, Math.floor(budget / length));
  let alive = stated;
  const a = new Float32Array(length);
  const check = (block: number, row: number, column: number): void => {
    const value = output[dot.element(block, row, column)];
    const kept = alive.filter((arithmetic) => sameFloat(evaluate(dot, arithmetic, a, block, row, column), value));
    if (kept.length !== alive.length) alive = kept;
  };
  const checkBlock = (block: number, wholeRows: readonly number[] | undefined, wholeColumns: readonly number[]): void => {
    const whole = wholeRows && new Set(wholeRows);
    for (let row = 0; row < rows && alive.length > 0; row++) {
      if (whole !== undefined && !whole.has(row) && wholeColumns.length === 0) continue;
      dot.gather(block, row, a);
      if (whole === undefined || whole.has(row)) for (let column = 0; column < columns && alive.length > 0; column++) check(block, row, column);
      else for (const column of wholeColumns) check(block, row, column);
    }
  };
  if (blocks * rows * columns <= affordable) {
    for (let block = 0; block < blocks && alive.length > 0; block++) checkBlock(block, undefined, []);
    return alive;
  }
  const chosen = spread(blocks, Math.max(1, Math.min(32, Math.floor(affordable / (rows + columns)))));
  const share = affordable / chosen.length;
  const wholeRows = spread(rows, Math.max(1, Math.floor(share / 2 / columns)));
  const wholeColumns = spread(columns, Math.max(1, Math.floor(share / 2 / rows)));
  for (const block of chosen) if (alive.length > 0) checkBlock(block, wholeRows, wholeColumns);
  return alive;
}

/** At most `count` of the indices below `size`: the last ones, the first ones, and others evenly between. */
function spread(size: number, count: number): number[] {
  if (count >= size) return Array.from({ length: size }, (_, i) => i);
  const third = Math.max(1, Math.min(32, Math.floor(count / 3)));
  const picked = new Set<number>();
  for (let i = 0; i < third && picked.size < count; i++) picked.add(size - 1 - i);
  for (let i = 0; i < third && picked.size < count; i++) picked.add(i);
  const left = count - picked.size;
  for (let i = 0; i < left; i++) picked.add(Math.floor(((i + 1) * size) / (left + 1)));
  return [...picked].filter((i) => i < size).sort((x, y) => x - y);
}
