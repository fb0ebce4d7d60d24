import { sizeOf } from "../../tensor/shape.ts";
import { filled, type Writer } from "./writer.ts";

/** Products that one transaction can judge in any case: longer sums are made of shorter ones. */
const LONGEST = 2_304;

/** Rows of ones before a computed operand. Of one row the runtime takes another kernel, which differs between CPUs. */
const ROWS = 2;

/**
 * Sums along axes, which stay with length one, as products with constants: of these the runtime adds in one order on every CPU with
 * FMA, unlike in its own reductions. A sum over axes that do not lie together is a sum of sums.
 *
 * Rationale: the factor is in the constant, for a mean of large numbers must not overflow where their sum does.
 */
export function sum(w: Writer, x: string, dims: readonly number[], axes: readonly number[], factor = 1): string {
  const left = [...dims];
  let [value, share] = [x, factor];
  for (const { from, to } of runsOf(axes).reverse()) {
    const n = sizeOf(left.slice(from, to));
    if (n === 1) continue;
    const before = [...left];
    left.fill(1, from, to);
    value = sumOfRun(w, value, before, from, to, n, share);
    share = 1;
  }
  return value;
}

/** Means, likewise. */
export const mean = (w: Writer, x: string, dims: readonly number[], axes: readonly number[]): string =>
  sum(w, x, dims, axes, 1 / axes.reduce((product, axis) => product * dims[axis], 1));

/** Axes that lie together, half-open, in ascending order. */
function runsOf(axes: readonly number[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const axis of [...axes].sort((a, b) => a - b)) {
    const last = runs[runs.length - 1];
    if (last?.to === axis) last.to++;
    else runs.push({ from: axis, to: axis + 1 });
  }
  return runs;
}

function sumOfRun(w: Writer, x: string, dims: readonly number[], from: number, to: number, n: number, factor: number): string {
  const [outer, inner] = [dims.slice(0, from), dims.slice(to)];
  const [a, b] = [sizeOf(outer), sizeOf(inner)];
  const isOneAxis = to - from === 1 && n <= LONGEST;
  // Where the run is one axis, and the last one or the one before, the operand of the product has its shape as it is.
  if (isOneAxis && inner.length === 0) return w.of("MatMul", [x, w.constant([n, 1], filled([n], factor))]);
  if (isOneAxis && inner.length === 1 && b > 1) return firstRow(w, x, n, factor, dims.length - 2);
  const sums = sumAlong(w, w.reshape(x, dims, [a, n, b]), [a, n, b], factor);
  return w.reshape(sums, [a, 1, b], [...outer, ...new Array<number>(to - from).fill(1), ...inner]);
}

/** [a, n, b] becomes [a, 1, b]. A long sum is one of sums of parts; what does not fill a part is added in the end. */
function sumAlong(w: Writer, x: string, [a, n, b]: readonly [number, number, number], factor: number): string {
  const part = partOf(n);
  const rest = n % part;
  if (rest > 0) {
    const [head, tail] = [w.slice(x, 1, 0, n - rest), w.slice(x, 1, n - rest, n)];
    return w.add(sumAlong(w, head, [a, n - rest, b], factor), sumAlong(w, tail, [a, rest, b], factor));
  }
  if (part < n) {
    const parts = sumAlong(w, w.reshape(x, [a, n, b], [(a * n) / part, part, b]), [(a * n) / part, part, b], factor);
    return sumAlong(w, w.reshape(parts, [(a * n) / part, 1, b], [a, n / part, b]), [a, n / part, b], 1);
  }
  if (b > 1) return firstRow(w, x, n, factor, 1);
  const column = w.constant([n, 1], filled([n], factor));
  return w.reshape(w.of("MatMul", [w.reshape(x, [a, n, 1], [a, n]), column]), [a, 1], [a, 1, 1]);
}

function firstRow(w: Writer, x: string, n: number, factor: number, axis: number): string {
  return w.slice(w.of("MatMul", [w.constant([ROWS, n], filled([ROWS, n], factor)), x]), axis, 0, 1);
}

/** The length of the parts in which n numbers are added: all of them, or about the root, a divisor where there is one. */
export function partOf(n: number): number {
  if (n <= LONGEST) return n;
  const root = Math.min(Math.ceil(Math.sqrt(n)), LONGEST);
  for (let part = root; part <= LONGEST; part++) if (n % part === 0) return part;
  return root;
}
