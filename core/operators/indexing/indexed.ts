import { same, toInt } from "../../math/element.ts";
import { Rule, type Node } from "../../program/types.ts";
import { elementBits } from "../../tensor/reader.ts";
import { commitStrides } from "../../tensor/shape.ts";
import { defineOperator, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { anyType } from "../reading/requirements.ts";
import type { Demand, OpTwin } from "../twin.ts";
import { GATHERS } from "./gathers.ts";
import { PLACES, type Indexed, type Step } from "./places.ts";

/** Gas of an index beyond the first, at most: its place, its sign and its axis. */
const INDEX_GAS = 2_600;

/** Row-major places at which an element's own steps begin: in the data and in the indices. */
function beginnings(steps: readonly Step[], element: number): { inData: number; inIndices: number } {
  let [inData, inIndices, rest] = [0, 0, element];
  for (const step of steps.toReversed()) {
    const place = rest % step.dim;
    inData += place * step.inData;
    inIndices += place * step.inIndices;
    rest = Math.floor(rest / step.dim);
  }
  if (rest !== 0) throw new RangeError(`element ${element} lies outside the output`);
  return { inData, inIndices };
}

/** The place along an axis that an index names, counted from the end where it is negative; undefined where there is none. */
function placeOf(index: bigint, { dim, stride }: Indexed): number | undefined {
  const place = index < 0n ? index + BigInt(dim) : index;
  return place < 0n || place >= BigInt(dim) ? undefined : Number(place) * stride;
}

/** Twin of contracts/ops/Indexed.sol: an index out of range names no element, so no value is right. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const { indexed, steps } = PLACES.of(node).places;
  const [data, indices] = [input(x, 0), input(x, 1)];
  const { inData, inIndices } = beginnings(steps, element);
  let source = inData;
  for (const [k, axis] of indexed.entries()) {
    const place = placeOf(toInt(indices.tensor.dtype, elementBits(indices, inIndices + k)), axis);
    if (place === undefined) return false;
    source += place;
  }
  return same(node.output.dtype, claimed, elementBits(data, source));
};

/** One element of the data, wherever it lies; its indices stand side by side on the last axis of theirs. */
function demand(node: Node): Demand {
  const count = PLACES.of(node).places.indexed.length;
  const { dims, perm } = node.inputs[1]!;
  const stride = commitStrides(dims, perm).at(-1) ?? 1;
  return { reads: [[], [{ count, stride }]], work: { searches: count - 1, gas: INDEX_GAS * (count - 1) } };
}

/** A change of the data reaches every element that is taken from it. */
const back: Slope = ({ mapped, integers }, outer, into) => {
  const data = into(0);
  if (!data) return;
  const { indexed, steps } = PLACES.of(mapped).places;
  const indices = integers(1);
  outer.forEach((g, i) => {
    const { inData, inIndices } = beginnings(steps, i);
    data[indexed.reduce((sum, axis, k) => sum + placeOf(indices[inIndices + k], axis)!, inData)] += g;
  });
};

export const indexed = defineOperator({
  name: "Indexed",
  opcode: 0x0c01,
  formula: "y[c] = data[Σ cᵢ·strideᵢ + Σ indexₘ·Sₘ]",
  library: "Indexed",
  onnx: GATHERS,
  inputs: ["data", "indices"],
  attributes: PLACES,
  types: anyType,
  rules: [Rule.equal],
  steers: 1,
  ...whole(admissible, demand),
  slope: { follows: "data", back },
});
