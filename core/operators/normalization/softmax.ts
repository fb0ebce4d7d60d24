import { refuse } from "../../faults.ts";
import { fromFloat, units } from "../../math/dyadic.ts";
import { DTypeUnsupported } from "../../math/element.ts";
import { isFiniteBits, isNaNBits } from "../../math/float32.ts";
import { expNegative } from "../../math/intExp.ts";
import { LONGEST_SOFTMAX } from "../../math/length.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule, type Node } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { unravel } from "../../tensor/shape.ts";
import { integer, remarked, rowAttributes } from "../attributes.ts";
import { defineOperator, whole, type Bound, type Slope } from "../descriptor.ts";
import { SOFTMAX_LANES, SOFTMAX_LANE_GAS, replaySoftmax, softmaxLanes } from "../lanes/softmax.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { along, axisOf, checkOutput, float, identity, required, together, typed } from "../reading/requirements.ts";
import { reduction } from "../slack/groups.ts";
import { TINY, U } from "../slack/rounding.ts";
import type { Demand, OpTwin } from "../twin.ts";
import { rowDemand, rowThrough } from "./row.ts";

const FARTHEST = 180n << 104n;
const NEGATIVE_INFINITY = 0xff800000;

const GAS = { element: 1_200 };
const ATTRIBUTES = rowAttributes({ axisStart: integer, axisEnd: remarked(integer, "the normalised axes, half-open") });

function read(node: GraphNode): Mapped {
  const x = typed(required(node, 0), float);
  const rank = x.dims.length;
  if (rank === 0) refuse("a scalar has no axis to normalise");
  const flattens = node.opset < 13;
  const start = axisOf(node.attributes.int("axis", flattens ? 1 : -1), rank);
  const end = flattens ? rank : start + 1;
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  const axes = identity(rank).slice(start, end);
  const elements = along(x.dims, axes);
  return {
    opcode: Opcode.Softmax,
    attributes: ATTRIBUTES.encode({ axisStart: start, axisEnd: end }),
    inputs: [x],
    rules: [Rule.lanes, Rule.bound],
    reads: [{ perm: together(rank, axes), elements }],
  };
}

/** Twin of contracts/ops/Softmax.sol, where the derivations stand. */
const admissible: OpTwin = (node, element, claimed, x) => {
  if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
  const { axisStart, axisEnd } = ATTRIBUTES.of(node);
  const [values, j] = rowThrough(input(x, 0), unravel(element, node.output.dims), axisStart, axisEnd, LONGEST_SOFTMAX);
  return within(values, j, Number(claimed));
};

/** All elements along the normalised axes are read. */
function demand(node: Node): Demand {
  const { axisStart, axisEnd } = ATTRIBUTES.of(node);
  return rowDemand(node, axisStart, axisEnd, (elements) => GAS.element * elements);
}

/** |claimed − y| ≤ y · 2^-24 · (d_j + Σ d_i e^-d_i / Σ + n + 20 + floor(n² / 2^23)) + n · 2^-126 */
function within(values: readonly number[], j: number, claimed: number): boolean {
  const isLow = (bits: number): boolean => bits === NEGATIVE_INFINITY;
  if (values.every(isLow) || values.some((bits) => !isFiniteBits(bits) && !isLow(bits))) return isNaNBits(claimed);
  if (!isFiniteBits(claimed)) return false;
  const n = BigInt(values.length);
  const fixed = values.map((bits) => (isLow(bits) ? -(1n << 232n) : units(fromFloat(bits), -104)));
  const greatest = fixed.reduce((a, b) => (a > b ? a : b));
  let sum = 0n;
  let weighted = 0n;
  for (const value of fixed) {
    const d = greatest - value;
    if (d > FARTHEST) continue;
    const { f, k } = expNegative(d);
    const e = f >> k;
    sum += e;
    weighted += (e * d) >> 104n;
  }
  const own = greatest - fixed[j];
  let term = 0n;
  let coefficient = ((n + 20n + ((n * n) >> 23n)) << 64n) + (weighted << 64n) / sum + 2n;
  if (own <= FARTHEST) {
    const { f, k } = expNegative(own);
    term = k > 80n ? f >> (k - 80n) : f << (80n - k);
    coefficient += own >> 40n;
  }
  return near(claimed, sum, term, coefficient, n);
}

/** |claimed · Σ − e^-d_j| ≤ e^-d_j · 2^-24 · K + n · 2^-126 · Σ, in units of 2^-200. */
function near(claimed: number, sum: bigint, term: bigint, coefficient: bigint, n: bigint): boolean {
  const y = fromFloat(claimed);
  // The bound is less than 1, so 2 and more are out of the question.
  if (y.exponent > -23) return false;
  const shift = BigInt(y.exponent + 80);
  const product = shift < 0n ? (y.mantissa * sum) >> -shift : (y.mantissa * sum) << shift;
  const difference = (y.negative ? -product : product) - term;
  const distance = difference < 0n ? -difference : difference;
  const tiny = (n * sum) >> 46n;
  const bound = ((((term >> 30n) + 1n) * coefficient) >> 58n) + tiny;
  return distance <= bound + ((term + product + tiny) >> 90n) + 4n;
}

/** The axes that a row runs over. */
function axesOf(row: { readonly attributes: readonly number[] }): number[] {
  const { axisStart, axisEnd } = ATTRIBUTES.of(row);
  return Array.from({ length: axisEnd - axisStart }, (_, i) => axisStart + i);
}

const back: Slope = ({ mapped, output, outputDims }, outer, into) => {
  const x = into(0);
  const { groups, count } = reduction(outputDims, axesOf(mapped));
  const dots = new Float64Array(count);
  outer.forEach((g, i) => (dots[groups[i]] += g * output[i]));
  // A row of NaN is one whatever its numbers are moved by, within what a bound allows.
  if (x) outer.forEach((g, i) => (x[i] += Number.isNaN(output[i]) ? 0 : output[i] * (g - dots[groups[i]])));
};

const bound: Bound = ({ mapped, inputs, output, outputDims }) => {
  const { groups, count, size } = reduction(outputDims, axesOf(mapped));
  const greatest = new Float64Array(count).fill(-Infinity);
  const [sum, weighted] = [new Float64Array(count), new Float64Array(count)];
  const x = inputs[0]!;
  groups.forEach((group, i) => (greatest[group] = Math.max(greatest[group], x[i])));
  groups.forEach((group, i) => {
    if (x[i] === -Infinity) return; // Beside a finite maximum it is nothing.
    const d = greatest[group] - x[i];
    sum[group] += Math.exp(-d);
    weighted[group] += Math.exp(-d) * d;
  });
  const roundings = size + 20 + Math.floor(size ** 2 / 2 ** 23);
  return Float64Array.from(groups, (group, i) => {
    // Else the row is NaN, and nothing else is admissible.
    if (!Number.isFinite(greatest[group])) return 0;
    const own = x[i] === -Infinity ? 0 : output[i] * (greatest[group] - x[i] + weighted[group] / sum[group] + roundings);
    return own * U + size * TINY;
  });
};

export const softmax = defineOperator({
  name: "Softmax",
  opcode: 0x0702,
  formula: "y = e^(x − m) / Σ e^(x − m), m the greatest of the row",
  library: "Softmax",
  onnx: { Softmax: { since: 1, shapedBy: "shapes", refused: ["a scalar"], read } },
  inputs: ["X"],
  attributes: ATTRIBUTES,
  types: [float],
  gas: { ...GAS, ...SOFTMAX_LANE_GAS },
  rules: [Rule.lanes, Rule.bound],
  bound,
  replay: replaySoftmax(axesOf),
  schedules: () => SOFTMAX_LANES,
  lanes: softmaxLanes(axesOf),
  ...whole(admissible, demand),
  slope: { follows: "all", back },
});
