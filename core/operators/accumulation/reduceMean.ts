import { refuse } from "../../faults.ts";
import { fromFloat, units } from "../../math/dyadic.ts";
import { DTypeUnsupported } from "../../math/element.ts";
import { isFiniteBits, kindOf, sumOf } from "../../math/float32.ts";
import { LONGEST_MEAN, LengthNotJudged, requireAtMost } from "../../math/length.ts";
import { describe, type GraphNode, type Value } from "../../onnx/graphNode.ts";
import { Opcode, Rule, type Node } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator, type Bound, type Slope } from "../descriptor.ts";
import { MEAN_LANES, MEAN_LANE_GAS, meanLanes, replayMean } from "../lanes/mean.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { along, checkLength, checkOutput, float, identity, required, sameDims, together, typed } from "../reading/requirements.ts";
import { readWindow } from "../reading/windows.ts";
import { reductionTwin, type Range } from "../reduction.ts";
import { reduction } from "../slack/groups.ts";
import { gamma, TINY } from "../slack/rounding.ts";
import type { Inputs } from "../twin.ts";
import { AXES, axesWork, readReduction } from "./axes.ts";
import { alongAxes, readRegion } from "./region.ts";

/** Numbers of which the order is judged: more would take more transactions than a challenger can send. */
const LONGEST_IN_LANES = 2 ** 17;
const GAS = { element: 480 };

const axesOf = (row: { readonly attributes: readonly number[] }): readonly number[] => AXES.of(row).axes;

/** The mean over `axes`, which are read together. */
function mean(x: Value, axes: readonly number[]): Mapped {
  const elements = along(x.dims, axes);
  checkLength(elements, LONGEST_MEAN, "numbers");
  return {
    opcode: Opcode.ReduceMean,
    attributes: AXES.encode({ axes }),
    inputs: [x],
    rules: elements <= LONGEST_IN_LANES ? [Rule.lanes, Rule.bound] : [Rule.bound],
    reads: [{ perm: together(x.dims.length, axes), elements }],
  };
}

const readMean = readReduction(mean, float);

function readGlobalPool(node: GraphNode): Mapped {
  const x = typed(required(node, 0), float);
  node.attributes.refuseOthers();
  if (x.dims.length < 3) refuse(`its input ${describe(x)} has no spatial axes`);
  checkOutput(
    node,
    x.dims.map((dim, axis) => (axis < 2 ? dim : 1)),
  );
  return mean(x, identity(x.dims.length).slice(2));
}

function readPool(node: GraphNode): Mapped {
  const x = typed(required(node, 0), float);
  const map = x.dims.slice(2);
  const w = readWindow(node, x, node.attributes.ints("kernel_shape") ?? refuse("kernel_shape is missing"));
  // With one window that is the whole map, without padding, they say nothing.
  node.attributes.ignore("ceil_mode", "count_include_pad");
  node.attributes.refuseOthers();
  const pooled = node.output.dims.slice(2);
  const isWhole = sameDims(w.kernel, map) && pooled.every((size) => size === 1) && [...w.begins, ...w.ends].every((pad) => pad === 0);
  if (!isWhole || w.dilations.some((dilation) => dilation !== 1)) refuse("only an average over the whole map is supported");
  return mean(x, identity(x.dims.length).slice(2));
}

/** Elements that a mean is taken of. */
const length = (node: Node): number => along(node.inputs[0]!.dims, AXES.of(node).axes);

/** Twin of contracts/ops/Mean.sol, where the derivation stands. Positions are elements in row-major order. */
const twin = reductionTwin<number>({
  words: () => 6,
  length,
  bytes: () => 4,
  fullest: () => 0,
  work: (node, element, x, range) => axesWork(node, elements(node, element, x, range).length, GAS.element),
  reduce(node, element, x, range, state) {
    if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
    const n = length(node);
    // INVARIANT: nothing has no mean; the inequality below would admit every number.
    if (n === 0) throw new LengthNotJudged(0, LONGEST_MEAN);
    requireAtMost(LONGEST_MEAN, n);
    for (const bits of elements(node, element, x, range)) {
      const field = (bits >>> 23) & 0xff;
      if (field === 255) state[5] |= BigInt(kindOf(bits));
      const mantissa = (bits & 0x7fffff) + (field === 0 ? 0 : 0x800000);
      state[1 + 2 * (field >> 7) + (bits >>> 31)] += BigInt(mantissa) << BigInt(Math.max(field, 1) & 127);
    }
    return n;
  },
  conclude(_node, _x, n, state, claimed) {
    return state[5] !== 0n ? sumOf(Number(state[5]), Number(claimed)) : within(state, BigInt(n), Number(claimed));
  },
});

/** Bits of the elements that the claimed one is the mean of, at some positions. */
function elements(node: Node, element: number, inputs: Inputs, { from, until }: Range): number[] {
  const x = input(inputs, 0);
  return readRegion(alongAxes(node, element, x, AXES.of(node).axes), (offset) => x.u32(offset), from, until);
}

/** |claimed · n − Σx| ≤ K · 2^-24 · Σ|x| + n · 2^-126 with K = n + 3 + floor((n + 1)² / 2^23). */
function within(state: readonly bigint[], n: bigint, claimed: number): boolean {
  const [, lowPositive, lowNegative, highPositive, highNegative] = state;
  // In units of 2^-149 and of 2^-22.
  const low = (lowPositive - lowNegative) >> 1n;
  const lowMagnitude = (lowPositive + lowNegative) >> 1n;
  const high = highPositive - highNegative;
  const highMagnitude = highPositive + highNegative;
  const k = n + 3n + (((n + 1n) * (n + 1n)) >> 23n);
  if (highMagnitude === 0n) {
    if (((claimed >>> 23) & 0xff) > 160) return false;
    const distance = absolute(units(fromFloat(claimed), -149) * n - low);
    return distance << 24n <= lowMagnitude * k + (n << 47n);
  }
  const magnitude = (highMagnitude << 80n) + (lowMagnitude >> 47n);
  // INVARIANT: where Σ|x| reaches 2^127, a partial sum may overflow and leave an infinity or a NaN.
  if (!isFiniteBits(claimed)) return magnitude >= 1n << 229n;
  const distance = absolute(units(fromFloat(claimed), -102) * n - ((high << 80n) + (low >> 47n)));
  return distance <= ((magnitude >> 24n) + 1n) * k + n + 3n;
}

const absolute = (v: bigint): bigint => (v < 0n ? -v : v);

const back: Slope = ({ mapped }, outer, into) => {
  const x = into(0);
  const { groups, size } = reduction(mapped.inputs[0]!.dims, AXES.of(mapped).axes);
  if (x) groups.forEach((group, i) => (x[i] += outer[group] / size));
};

const bound: Bound = ({ mapped, inputs, output }) => {
  const sums = new Float64Array(output.length);
  const { groups, size } = reduction(mapped.inputs[0]!.dims, AXES.of(mapped).axes);
  groups.forEach((group, i) => (sums[group] += Math.abs(inputs[0]![i])));
  return sums.map((sum) => (sum < 2 ** 127 ? (sum / size) * gamma(size + 1) + TINY : Infinity));
};

const TOO_LONG = "means of more than 2²² numbers";

export const reduceMean = defineOperator({
  name: "ReduceMean",
  opcode: 0x0601,
  formula: "y = Σ x / n along the axes",
  library: "Mean",
  onnx: {
    ReduceMean: { since: 1, shapedBy: "values", refused: ["axes that are computed or repeat", TOO_LONG], read: readMean },
    GlobalAveragePool: { since: 1, shapedBy: "shapes", refused: [TOO_LONG], read: readGlobalPool },
    AveragePool: {
      since: 1,
      shapedBy: "shapes",
      only: "over the whole map",
      refused: ["windows smaller than the map, padding, dilation", TOO_LONG],
      read: readPool,
    },
  },
  inputs: ["data"],
  attributes: AXES,
  types: [float],
  gas: { ...GAS, ...MEAN_LANE_GAS },
  rules: [Rule.lanes, Rule.bound],
  bound,
  replay: replayMean(axesOf),
  schedules: () => MEAN_LANES,
  lanes: meanLanes(axesOf),
  ...twin,
  slope: { follows: "all", back },
});
