import { DType } from "../../../tensor/dtype.ts";
import { integerAttribute } from "../lowering.ts";
import type { Writer } from "../writer.ts";
import type { Forest } from "./forest.ts";

/**
 * Elements of the table of all choices up to which a forest is taken so: every node chooses at once, and then each step of all trees is
 * one look into that table. Beyond, each step looks up the nodes that it has come to, which takes more nodes of the graph but tensors of
 * the trees' number only.
 */
const WHOLE_TABLE = 1 << 22;

/** Features of every row, by which the trees choose. */
export interface Features {
  /** The value [rows, features], of the type of the thresholds. */
  readonly name: string;
  readonly dtype: typeof DType.float32 | typeof DType.float64;
  readonly rows: number;
}

const indices = (w: Writer, dims: readonly number[], values: ArrayLike<number>): string =>
  w.keep({ dtype: DType.int32, dims, data: new Uint8Array(Int32Array.from(values).buffer) });

const numbers = (w: Writer, dtype: Features["dtype"], values: readonly number[]): string => {
  const data = dtype === DType.float32 ? Float32Array.from(values) : Float64Array.from(values);
  return w.keep({ dtype, dims: [values.length], data: new Uint8Array(data.buffer) });
};

const flags = (w: Writer, values: readonly boolean[]): string =>
  w.keep({ dtype: DType.bool, dims: [values.length], data: Uint8Array.from(values, Number) });

const taken = (w: Writer, data: string, places: string, axis: number): string => w.of("Gather", [data, places], [integerAttribute("axis", axis)]);

/** The leaf that every row comes to in every tree: its place in the forest, int32 [rows, trees]. */
export function leavesOf(w: Writer, x: Features, forest: Forest): string {
  const roots = indices(w, [x.rows, forest.roots.length], Array.from({ length: x.rows }, () => forest.roots).flat());
  if (forest.depth === 0) return roots;
  return x.rows * forest.features.length <= WHOLE_TABLE ? throughWholeTable(w, x, forest, roots) : stepByStep(w, x, forest, roots);
}

/** Whether the first branch is taken, of features beside thresholds. */
function choice(w: Writer, values: string, thresholds: string, takesMissing: string | undefined): string {
  const isAtMost = w.of("LessOrEqual", [values, thresholds]);
  return takesMissing === undefined ? isAtMost : w.of("Or", [isAtMost, w.of("And", [w.of("IsNaN", [values]), takesMissing])]);
}

function throughWholeTable(w: Writer, x: Features, forest: Forest, roots: string): string {
  const count = forest.features.length;
  const values = taken(w, x.name, indices(w, [count], forest.features), 1);
  const takesMissing = forest.takesMissing.includes(true) ? flags(w, forest.takesMissing) : undefined;
  const isFirst = choice(w, values, numbers(w, x.dtype, forest.thresholds), takesMissing);
  const next = w.of("Where", [isFirst, indices(w, [count], forest.first), indices(w, [count], forest.second)]);
  let places = roots;
  for (let step = 0; step < forest.depth; step++) places = w.of("GatherElements", [next, places], [integerAttribute("axis", 1)]);
  return places;
}

function stepByStep(w: Writer, x: Features, forest: Forest, roots: string): string {
  const count = forest.features.length;
  const [features, first, second] = [forest.features, forest.first, forest.second].map((list) => indices(w, [count], list));
  const thresholds = numbers(w, x.dtype, forest.thresholds);
  const missing = forest.takesMissing.includes(true) ? flags(w, forest.takesMissing) : undefined;
  let places = roots;
  for (let step = 0; step < forest.depth; step++) {
    const values = w.of("GatherElements", [x.name, taken(w, features, places, 0)], [integerAttribute("axis", 1)]);
    const isFirst = choice(w, values, taken(w, thresholds, places, 0), missing === undefined ? undefined : taken(w, missing, places, 0));
    places = w.of("Where", [isFirst, taken(w, first, places, 0), taken(w, second, places, 0)]);
  }
  return places;
}
