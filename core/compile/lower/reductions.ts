import { numbersOf } from "../../onnx/tensor.ts";
import type { Lowering, Site } from "./lowering.ts";
import { axesFrom, axisOf, FLOAT, floatDims } from "./known.ts";
import { mean, sum } from "./sums.ts";
import { Writer } from "./writer.ts";

/** What is made of the values along the axes, which stay with length one. */
type Reduce = (w: Writer, x: string, dims: readonly number[], axes: readonly number[]) => string;

/** The axes that a node reduces; undefined where they are not known, and of one that may reduce none. */
function reducedAxes({ node, attributes, inputs }: Site, rank: number, axesAreInput: boolean): number[] | undefined {
  const isStated = axesAreInput && (node.input[1] ?? "") !== "";
  const stated = axesAreInput ? inputs[1]?.constant && numbersOf(inputs[1].constant) : attributes.ints("axes");
  if (isStated && stated === undefined) return undefined;
  if (stated === undefined || stated.length === 0) return attributes.int("noop_with_empty_axes", 0) === 0 ? axesFrom(0, rank) : undefined;
  const axes = stated.map((axis) => axisOf(axis, rank));
  const known = axes.filter((axis) => axis !== undefined);
  return known.length === axes.length && new Set(known).size === known.length ? known : undefined;
}

/** @param axesAreInput the opset since which its axes are an input */
const reduction = (op: string, axesAreInput: number, into: readonly string[], reduce: Reduce): Lowering => ({
  onnx: { [op]: { since: 1, shapedBy: "values" } },
  into: ["MatMul", "Slice", "Reshape", ...into],
  difference: "portable",
  where: `${FLOAT}, and its axes are stated`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axes = dims && reducedAxes(site, dims.length, opset >= axesAreInput);
    if (dims === undefined || axes === undefined) return undefined;
    const w = new Writer(site);
    const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const stays = attributes.int("keepdims", 1) !== 0;
    return w.doneAs(reduce(w, node.input[0], dims, axes), stays ? kept : kept.filter((_, axis) => !axes.includes(axis)));
  },
});

const squares: Reduce = (w, x, dims, axes) => sum(w, w.mul(x, x), dims, axes);

export const reduceSum = reduction("ReduceSum", 13, [], sum);
export const reduceMean = reduction("ReduceMean", 18, [], mean);
export const reduceL1 = reduction("ReduceL1", 18, ["Abs"], (w, x, dims, axes) => sum(w, w.abs(x), dims, axes));
export const reduceL2 = reduction("ReduceL2", 18, ["Mul", "Sqrt"], (w, x, dims, axes) => w.sqrt(squares(w, x, dims, axes)));
export const reduceSumSquare = reduction("ReduceSumSquare", 18, ["Mul"], squares);
