import { rowMajorStrides, sizeOf, unravel } from "../../tensor/shape.ts";
import type { DType } from "../../tensor/dtype.ts";
import { axisOf, constantNumbers, typeOf, wholeDims } from "./known.ts";
import { COMBINES, combinationOf, combine, filledWith } from "./combining.ts";
import type { Lowered, Lowering, Site } from "./lowering.ts";
import { MOST_COMBINED, MOST_COMPARISONS, scatterComputed } from "./scatterComputed.ts";
import { takenAlong } from "./weighted.ts";
import { Writer } from "./writer.ts";

/** Updates of one element, at most: each is a node. */
const MOST_UPDATES = 256;

/** Where an update goes, in the order of the updates: a row-major index in the data. */
type Targets = readonly number[];

/** Every element of the updates replaces the one at its own coordinates but for one axis. */
function targetsOfElements({ node, attributes, inputs }: Site, dims: readonly number[]): Targets | undefined {
  const [indices, shape] = [constantNumbers(inputs[1]), wholeDims(inputs[1])];
  const axis = axisOf(attributes.int("axis", 0), dims.length);
  if (node.input.length !== 3 || indices === undefined || shape?.length !== dims.length || axis === undefined) return undefined;
  const strides = rowMajorStrides(dims);
  return indices.map((index, i) => {
    const at = unravel(i, shape).with(axis, index < 0 ? index + dims[axis] : index);
    return at.reduce((sum, place, k) => sum + place * strides[k], 0);
  });
}

/** Every slice of the updates replaces that at the coordinates that stand on the last axis of the indices. */
function targetsOfSlices({ inputs }: Site, dims: readonly number[]): Targets | undefined {
  const [indices, shape] = [constantNumbers(inputs[1]), wholeDims(inputs[1])];
  const count = shape?.at(-1);
  if (indices === undefined || count === undefined || count > dims.length) return undefined;
  const strides = rowMajorStrides(dims);
  const inner = sizeOf(dims.slice(count));
  return Array.from({ length: indices.length / count }, (_, i) =>
    Array.from({ length: count }, (_, k) => indices[i * count + k]).reduce((sum, index, k) => sum + (index < 0 ? index + dims[k] : index) * strides[k], 0),
  ).flatMap((start) => Array.from({ length: inner }, (_, k) => start + k));
}

/** The updates that every element gets, in their order. */
function updatesOf(targets: Targets, size: number): number[][] {
  const updates = Array.from({ length: size }, (): number[] => []);
  targets.forEach((target, i) => updates[target].push(i));
  return updates;
}

function scattered(site: Site, dims: readonly number[], dtype: DType, targets: Targets): Lowered | undefined {
  const { node, attributes, inputs } = site;
  const size = sizeOf(dims);
  const reduction = attributes.text("reduction", "none");
  const op = combinationOf(reduction, dtype);
  const shape = wholeDims(inputs[2]);
  if (shape === undefined || sizeOf(shape) !== targets.length || targets.some((target) => !(target >= 0 && target < size))) return undefined;
  if (reduction !== "none" && op === undefined) return undefined;
  const updates = updatesOf(targets, size);
  const w = new Writer(site);
  const flat = w.reshape(node.input[2], shape, [targets.length]);
  if (op === undefined) {
    const all = w.concat([w.reshape(node.input[0], dims, [size]), flat], 0);
    const taken = takenAlong(w, all, 0, updates.map((own, i) => (own.length === 0 ? i : size + own.at(-1)!)));
    return w.doneAs(taken, dims);
  }
  const rounds = Math.max(...updates.map((own) => own.length));
  if (rounds > MOST_UPDATES) return undefined;
  const all = w.concat([flat, w.keep(filledWith(op, dtype, [1]))], 0);
  let sums = w.reshape(node.input[0], dims, [size]);
  for (let round = 0; round < rounds; round++) sums = combine(w, op, dtype, sums, takenAlong(w, all, 0, updates.map((own) => own[round] ?? targets.length)), [size]);
  return w.doneAs(sums, dims);
}

/**
 * Elements are taken from the data and the updates side by side, wherever the indices say that the last update stands. Where updates are
 * combined with what stands there, they are combined round by round, in the order of the updates. Computed indices are compared with
 * all places that they may name.
 */
export const scatter: Lowering = {
  onnx: {
    ScatterElements: { since: 11, shapedBy: "shapes" },
    ScatterND: { since: 11, shapedBy: "shapes" },
    Scatter: { since: 9, shapedBy: "shapes" },
  },
  into: ["Reshape", "Concat", "Gather", "Add", "Mul", "Max", "Min", "Less", "Where", "GatherElements", "Mod", "Equal", "Slice", "ReduceMax"],
  keeps: "every bit",
  where: [
    `its indices are constants, or computed: these are taken modulo the length of their axis, and compared with places at most ${MOST_COMPARISONS} times (each with those along its axis, or of a ScatterND with all)`,
    `where updates are combined, they are ${COMBINES}, and at most ${MOST_UPDATES} for one element, or ${MOST_COMBINED} that may be for the same`,
  ].join("; "),
  rewrite(site) {
    const [dims, dtype] = [wholeDims(site.inputs[0]), typeOf(site.inputs[0])];
    if (dims === undefined || dtype === undefined || dims.length === 0) return undefined;
    if (site.inputs[1]?.constant === undefined) return scatterComputed(site, dims, dtype);
    const targets = site.node.opType === "ScatterND" ? targetsOfSlices(site, dims) : targetsOfElements(site, dims);
    return targets && scattered(site, dims, dtype, targets);
  },
};
