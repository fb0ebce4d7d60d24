import { rowMajorStrides, sizeOf, unravel } from "../../tensor/shape.ts";
import { DType } from "../../tensor/dtype.ts";
import { combinationOf, combine, filledWith } from "./combining.ts";
import { axisOf, typeOf, wholeDims } from "./known.ts";
import { integerAttribute, type Lowered, type Site } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Comparisons of an index with a place, at most: each is an element of a value. */
export const MOST_COMPARISONS = 2 ** 22;

/** Updates that are combined with one element, at most: each takes some nodes. */
export const MOST_COMBINED = 128;

/** Since this opset an index is taken modulo the length of its axis in one node. */
const HAS_MOD = 10;

/** Which updates reach which rows of the data. A row is as much as one index moves: an element, or a slice. */
interface Reach {
  /** Rows of the data and of the updates, and their length. */
  readonly rows: number;
  readonly updates: number;
  readonly length: number;
  /** Whether an update reaches a row: updates that may reach the same stand along `axis`, `count` of them, in their order. */
  readonly hits: string;
  readonly axis: number;
  readonly count: number;
  /** The numbers of rows and of updates, in shapes that broadcast to that of `hits`. */
  readonly own: string;
  readonly others: (first: number) => string;
  /** What `hits` with one place along `axis` becomes for all rows of the data; `fill` stands for those that no update can reach. */
  readonly whole: (value: string, fill: "own" | number) => string;
}

const wide = (w: Writer, dims: readonly number[], values: readonly number[]): string =>
  w.keep({ dtype: DType.int64, dims, data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });

/** The numbers from 0 on in the type of the indices. */
const countUp = (w: Writer, dtype: DType, length: number, dims: readonly number[]): string => {
  const values = dtype === DType.int64 ? BigInt64Array.from({ length }, (_, i) => BigInt(i)) : Int32Array.from({ length }, (_, i) => i);
  return w.keep({ dtype, dims, data: new Uint8Array(values.buffer) });
};

/** The place along its axis that each index names, counted from the beginning. What is out of range is taken modulo the length. */
function places(w: Writer, { node, inputs }: Site, lengths: readonly number[]): string {
  const dtype = inputs[1]!.dtype as DType;
  const data = dtype === DType.int64 ? BigInt64Array.from(lengths, BigInt) : Int32Array.from(lengths);
  return w.of("Mod", [node.input[1], w.keep({ dtype, dims: lengths.length === 1 ? [] : [lengths.length], data: new Uint8Array(data.buffer) })]);
}

/** Every update replaces the element at its own coordinates but for one axis: so those along that axis may reach the same. */
function reachOfElements(w: Writer, site: Site, dims: readonly number[]): Reach | undefined {
  const shape = wholeDims(site.inputs[1]);
  const axis = axisOf(site.attributes.int("axis", 0), dims.length);
  if (shape?.length !== dims.length || axis === undefined || shape.some((size, k) => k !== axis && size > dims[k])) return undefined;
  const [count, length] = [shape[axis], dims[axis]];
  const compared = [...shape.slice(0, axis), count, length, ...shape.slice(axis + 1)];
  if (sizeOf(compared) > MOST_COMPARISONS) return undefined;
  const behind = shape.slice(axis + 1).map(() => 1);
  const beside = (i: number): number[] => compared.with(i, 1);
  const hits = w.of("Equal", [w.reshape(places(w, site, [length]), shape, beside(axis + 1)), countUp(w, site.inputs[1]!.dtype as DType, length, [length, ...behind])]);
  const strides = rowMajorStrides(dims);
  /** Row-major numbers of the elements of a box in the data. */
  const numbers = (box: readonly number[], from: readonly number[]): number[] =>
    Array.from({ length: sizeOf(box) }, (_, i) => unravel(i, box).reduce((sum, at, k) => sum + (at + from[k]) * strides[k], 0));
  const reached = shape.with(axis, length);
  const start = dims.map(() => 0);
  return {
    rows: sizeOf(dims),
    updates: sizeOf(shape),
    length: 1,
    hits,
    axis,
    count,
    own: wide(w, beside(axis), numbers(reached, start)),
    others: (first) => wide(w, beside(axis + 1), Array.from({ length: sizeOf(shape) }, (_, i) => first + i)),
    whole(value, fill) {
      let [box, all] = [reached, w.reshape(value, beside(axis), reached)];
      for (const [k, size] of dims.entries()) {
        if (box[k] === size) continue;
        const rest = box.with(k, size - box[k]);
        const filling = fill === "own" ? numbers(rest, start.with(k, box[k])) : new Array<number>(sizeOf(rest)).fill(fill);
        all = w.concat([all, wide(w, rest, filling)], k);
        box = box.with(k, size);
      }
      return w.reshape(all, dims, [sizeOf(dims)]);
    },
  };
}

/** Every slice of the updates replaces that at the coordinates on the last axis of the indices: all may reach the same. */
function reachOfSlices(w: Writer, site: Site, dims: readonly number[]): Reach | undefined {
  const shape = wholeDims(site.inputs[1]);
  const depth = shape?.at(-1);
  if (shape === undefined || depth === undefined || depth > dims.length) return undefined;
  const [count, named] = [sizeOf(shape.slice(0, -1)), dims.slice(0, depth)];
  const rows = sizeOf(named);
  if (count * rows > MOST_COMPARISONS) return undefined;
  const at = w.reshape(places(w, site, named), shape, [count, depth]);
  const steps = w.mul(at, wide(w, [depth], rowMajorStrides(named)));
  const row = Array.from({ length: depth }, (_, k) => (depth === 1 ? steps : w.slice(steps, 1, k, k + 1))).reduce(w.add);
  return {
    rows,
    updates: count,
    length: sizeOf(dims.slice(depth)),
    hits: w.of("Equal", [row, countUp(w, DType.int64, rows, [rows])]),
    axis: 0,
    count,
    own: wide(w, [1, rows], Array.from({ length: rows }, (_, i) => i)),
    others: (first) => wide(w, [count, 1], Array.from({ length: count }, (_, i) => first + i)),
    whole: (value) => w.reshape(value, [1, rows], [rows]),
  };
}

const rowsAt = (w: Writer, x: string, rows: string): string => w.of("Gather", [x, rows], [integerAttribute("axis", 0)]);

/**
 * Each row is taken from data and updates side by side: of the numbers of the updates that reach it, and its own, which is less than
 * any of them, the greatest.
 */
function replaced(w: Writer, { rows, hits, axis, own, others, whole }: Reach, data: string, updates: string): string {
  const last = w.greatest(w.of("Where", [hits, others(rows), own]), [axis]);
  return rowsAt(w, w.concat([data, updates], 0), whole(last, "own"));
}

/** Where updates are combined with what stands there, each is in a round of its own, in their order; the others are neutral in it. */
function combined(w: Writer, reach: Reach, site: Site, dtype: DType, data: string, updates: string): string | undefined {
  const { rows, updates: nothing, length, hits, axis, count, others, whole } = reach;
  const op = combinationOf(site.attributes.text("reduction", "none"), dtype);
  if (op === undefined || count > MOST_COMBINED) return undefined;
  const all = w.concat([updates, w.keep(filledWith(op, dtype, [1, length]))], 0);
  const choices = w.of("Where", [hits, others(0), w.integer(DType.int64, nothing)]);
  let sums = data;
  for (let round = 0; round < count; round++) {
    const choice = count === 1 ? choices : w.slice(choices, axis, round, round + 1);
    sums = combine(w, op, dtype, sums, rowsAt(w, all, whole(choice, nothing)), [rows, length]);
  }
  return sums;
}

/** What stands in the place of a node whose indices are computed; undefined where its types or sizes are none of these. */
export function scatterComputed(site: Site, dims: readonly number[], dtype: DType): Lowered | undefined {
  const { node, inputs, attributes, opset } = site;
  const isIndex = inputs[1]?.dtype === DType.int64 || inputs[1]?.dtype === DType.int32;
  const shape = wholeDims(inputs[2]);
  if (!isIndex || opset < HAS_MOD || shape === undefined || typeOf(inputs[2]) !== dtype) return undefined;
  const w = new Writer(site);
  const reach = node.opType === "ScatterND" ? reachOfSlices(w, site, dims) : reachOfElements(w, site, dims);
  if (reach === undefined || sizeOf(shape) !== reach.updates * reach.length) return undefined;
  const data = w.reshape(node.input[0], dims, [reach.rows, reach.length]);
  const updates = w.reshape(node.input[2], shape, [reach.updates, reach.length]);
  const isReplaced = attributes.text("reduction", "none") === "none";
  const result = isReplaced ? replaced(w, reach, data, updates) : combined(w, reach, site, dtype, data, updates);
  return result === undefined ? undefined : w.doneAs(result, dims);
}
