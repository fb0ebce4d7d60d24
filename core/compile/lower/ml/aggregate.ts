import { DType } from "../../../tensor/dtype.ts";
import { filled, type Writer } from "../writer.ts";
import { integerAttribute } from "../lowering.ts";
import type { Forest } from "./forest.ts";

/** How a forest makes one number of what its trees say. */
export type Aggregate = "SUM" | "AVERAGE" | "MIN" | "MAX";

/** Products that the runtime adds in their order, of operands of which one is a constant. */
const PANEL = 256;

/** What every leaf says of every target: [targets, nodes], where it says nothing the number that changes nothing. */
function tableOf(forest: Forest, targets: number, nothing: number): Float32Array {
  const nodes = forest.weights.length;
  const table = new Float32Array(targets * nodes).fill(nothing);
  forest.weights.forEach((weights, place) => {
    const isSaid = new Set<number>();
    for (const { target, value } of weights) {
      const at = target * nodes + place;
      table[at] = isSaid.has(target) ? table[at] + value : value;
      isSaid.add(target);
    }
  });
  return table;
}

/**
 * What the trees say of every target together: float32 [targets, rows].
 * @param leaves int32 [rows, trees]
 */
export function aggregated(w: Writer, leaves: string, rows: number, forest: Forest, targets: number, how: Aggregate): string {
  const trees = forest.roots.length;
  const [sign, nothing] = how === "MIN" ? [-1, -Infinity] : how === "MAX" ? [1, -Infinity] : [1, 0];
  const table = tableOf(forest, targets, sign * nothing).map((value) => sign * value);
  const said = w.of("Gather", [w.constant([targets, forest.weights.length], table), leaves], [integerAttribute("axis", 1)]);
  const flat = w.reshape(said, [targets, rows, trees], [targets * rows, trees]);
  if (how === "SUM" || how === "AVERAGE") {
    const sum = w.reshape(inOrder(w, flat, trees), [targets * rows, 1], [targets, rows]);
    return how === "SUM" ? sum : w.div(sum, trees);
  }
  const greatest = w.reshape(w.greatest(flat, [1]), [targets * rows, 1], [targets, rows]);
  // Of a target that no tree says anything of it is 0.
  const known = forest.weights.every((weights) => weights.length === 0 || weights.length === targets)
    ? greatest
    : w.of("Where", [w.of("Equal", [greatest, -Infinity]), 0, greatest]);
  return sign === 1 ? known : w.mul(known, -1);
}

/**
 * Sums of the columns [rows, n] from the first to the last, rounded after every one, as [rows, 1]: a product with ones. Where there are
 * more columns than the runtime adds in a row, the sum so far takes the place of the last column that is in it.
 */
function inOrder(w: Writer, x: string, n: number): string {
  const ones = (count: number) => w.constant([count, 1], filled([count], 1));
  if (n <= PANEL) return w.of("MatMul", [x, ones(n)]);
  let sum = w.of("MatMul", [w.slice(x, 1, 0, PANEL), ones(PANEL)]);
  for (let end = PANEL; end < n; ) {
    const start = end - 1;
    end = Math.min(n, start + PANEL);
    const isSum = w.keep({ dtype: DType.bool, dims: [end - start], data: Uint8Array.from({ length: end - start }, (_, i) => Number(i === 0)) });
    sum = w.of("MatMul", [w.of("Where", [isSum, sum, w.slice(x, 1, start, end)]), ones(end - start)]);
  }
  return sum;
}

/** Whether some leaf of some tree says something of a target on every path, or on none; undefined where that depends on the path. */
export function saysSomething(forest: Forest, target: number): boolean | undefined {
  const says = forest.weights.map((weights) => weights.some((weight) => weight.target === target));
  if (!says.includes(true)) return false;
  const reached = (root: number): number[] => {
    const seen = new Set([root]);
    for (const place of seen) for (const next of [forest.first[place], forest.second[place]]) seen.add(next);
    return [...seen].filter((place) => forest.first[place] === place);
  };
  return forest.roots.some((root) => reached(root).every((leaf) => says[leaf])) ? true : undefined;
}
