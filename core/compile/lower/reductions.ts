import { numbersOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { folded } from "./folds.ts";
import type { Lowering, Site } from "./lowering.ts";
import { INTO_LOGARITHM, LARGEST, logarithm } from "./logarithm.ts";
import { axesFrom, axisOf, FLOAT, wholeDims } from "./known.ts";
import { mean, sum } from "./sums.ts";
import { Writer } from "./writer.ts";

/** What is made of the values along the axes, which stay with length one; of no axes, of every value by itself. */
type Reduce = (w: Writer, x: string, dims: readonly number[], axes: readonly number[], dtype: number) => string;

const INTEGERS: readonly number[] = [DType.int32, DType.int64];
/** The words for the types of those that take integers. */
const NUMBERS = "its input is float32, int32 or int64";

/** Since this opset there is Where, which a logarithm is written with. */
const CHOOSES = 9;

/** The axes that a node reduces; undefined where they are not known. */
function reducedAxes({ node, attributes, inputs }: Site, rank: number, axesAreInput: boolean): number[] | undefined {
  const isStated = axesAreInput && (node.input[1] ?? "") !== "";
  const stated = axesAreInput ? inputs[1]?.constant && numbersOf(inputs[1].constant) : attributes.ints("axes");
  if (isStated && stated === undefined) return undefined;
  if (stated === undefined || stated.length === 0) return attributes.int("noop_with_empty_axes", 0) === 0 ? axesFrom(0, rank) : [];
  const axes = stated.map((axis) => axisOf(axis, rank));
  const known = axes.filter((axis) => axis !== undefined);
  return known.length === axes.length && new Set(known).size === known.length ? known : undefined;
}

interface Options {
  /** The opset since which its axes are an input. */
  readonly axesAreInput: number;
  readonly into: readonly string[];
  readonly isOfIntegers?: boolean;
  /** The opset since which there is what it is written with. */
  readonly least?: number;
}

const reduction = (op: string, { axesAreInput, into, isOfIntegers = false, least = 0 }: Options, reduce: Reduce): Lowering => ({
  onnx: { [op]: { since: 1, shapedBy: "values" } },
  into: ["Reshape", ...into],
  difference: "portable",
  where: `${isOfIntegers ? NUMBERS : FLOAT}, ${least > 0 ? `the opset is ${least} or later, ` : ""}and its axes are stated`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const dims = wholeDims(inputs[0]);
    const dtype = inputs[0]?.dtype ?? DType.float32;
    const axes = dims && reducedAxes(site, dims.length, opset >= axesAreInput);
    if (dims === undefined || axes === undefined || opset < least) return undefined;
    if (dtype !== DType.float32 && !(isOfIntegers && INTEGERS.includes(dtype))) return undefined;
    const w = new Writer(site);
    const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const stays = attributes.int("keepdims", 1) !== 0;
    return w.doneAs(reduce(w, node.input[0], dims, axes, dtype), stays ? kept : kept.filter((_, axis) => !axes.includes(axis)));
  },
});

const SUM = ["MatMul", "Slice"];
const squares = (w: Writer, x: string, dims: readonly number[], axes: readonly number[]): string => sum(w, w.mul(x, x), dims, axes);

export const reduceSum = reduction("ReduceSum", { axesAreInput: 13, into: [...SUM, "Add"], isOfIntegers: true }, (w, x, dims, axes, dtype) =>
  dtype === DType.float32 ? sum(w, x, dims, axes) : folded(w, x, dims, axes, w.add),
);
export const reduceMean = reduction("ReduceMean", { axesAreInput: 18, into: SUM }, mean);
export const reduceL1 = reduction("ReduceL1", { axesAreInput: 18, into: [...SUM, "Abs"] }, (w, x, dims, axes) => sum(w, w.abs(x), dims, axes));
export const reduceL2 = reduction("ReduceL2", { axesAreInput: 18, into: [...SUM, "Mul", "Sqrt"] }, (w, x, dims, axes) => w.sqrt(squares(w, x, dims, axes)));
export const reduceSumSquare = reduction("ReduceSumSquare", { axesAreInput: 18, into: [...SUM, "Mul"] }, squares);

export const reduceProd = reduction("ReduceProd", { axesAreInput: 18, into: ["Slice", "Mul"], isOfIntegers: true }, (w, x, dims, axes) =>
  folded(w, x, dims, axes, w.mul),
);

/** The least number is the greatest of the negative ones; the least integer that of their complements, −1 − x, which overflows nowhere. */
export const reduceMin = reduction("ReduceMin", { axesAreInput: 18, into: ["ReduceMax", "Mul", "Sub"], isOfIntegers: true }, (w, x, dims, axes, dtype) => {
  if (axes.length === 0) return x;
  const minusOne = w.integer(dtype as DType, -1);
  const turn = (value: string): string => (dtype === DType.float32 ? w.mul(value, minusOne) : w.sub(minusOne, value));
  return turn(w.greatest(turn(x), axes));
});

export const reduceLogSum = reduction("ReduceLogSum", { axesAreInput: 18, into: [...SUM, ...INTO_LOGARITHM], least: CHOOSES }, (w, x, dims, axes) =>
  logarithm(w, sum(w, x, dims, axes)),
);

/** ln Σ e^(x − m) + m, of which no power overflows; m is finite, for nothing but infinite numbers is infinitely far from it. */
export const reduceLogSumExp = reduction("ReduceLogSumExp", { axesAreInput: 18, into: [...SUM, "ReduceMax", ...INTO_LOGARITHM], least: CHOOSES }, (w, x, dims, axes) => {
  if (axes.length === 0) return x;
  const greatest = w.clip(w.greatest(x, axes), -LARGEST, LARGEST);
  return w.add(logarithm(w, sum(w, w.exp(w.sub(x, greatest)), dims, axes)), greatest);
});
