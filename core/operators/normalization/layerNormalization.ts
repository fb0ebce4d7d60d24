import { refuse } from "../../faults.ts";
import { abs, add, div, fromFloat, mul, scaled, sqrt, sub, sumOf as total, times, topOf, units, type Dyadic } from "../../math/dyadic.ts";
import { DTypeUnsupported } from "../../math/element.ts";
import { bitsOf, floatOf, isFiniteBits, isNaNBits, kindOf, sameFloatBits, sumOf } from "../../math/float32.ts";
import { AttributeNotJudged, LONGEST_LAYER } from "../../math/length.ts";
import { describe, type GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule, type Node } from "../../program/types.ts";
import { broadcastOffset } from "../../tensor/broadcast.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf, unravel } from "../../tensor/shape.ts";
import { floatBits, integer, rowAttributes } from "../attributes.ts";
import { defineOperator, whole, type Bound, type Slope } from "../descriptor.ts";
import {
  LAYER_LANES, LAYER_LANE_GAS, LONGEST_LANES, SHORTEST_LANES, layerNormalizationLanes, replayLayerNormalization,
} from "../lanes/layerNormalization.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { axisOf, checkLength, checkOutput, float, identity, maxInputs, optional, required, sameDims, typed } from "../reading/requirements.ts";
import { TINY, U } from "../slack/rounding.ts";
import type { Demand, OpTwin } from "../twin.ts";
import type { ValuedNode } from "../valuedNode.ts";
import { rowDemand, rowThrough } from "./row.ts";

const LEAST_EPSILON = 2 ** -100;
const LARGEST_EPSILON = 1;

const GAS = { row: 36_000, element: 500 };
const ATTRIBUTES = rowAttributes({ axis: integer, epsilon: floatBits });

function read(node: GraphNode): Mapped {
  maxInputs(node, 3);
  const [x, scale] = [0, 1].map((i) => typed(required(node, i), float));
  const bias = optional(node, 2);
  const axis = axisOf(node.attributes.int("axis", -1), x.dims.length);
  const epsilon = Math.fround(node.attributes.float("epsilon", 1e-5));
  if (!(epsilon >= LEAST_EPSILON && epsilon <= LARGEST_EPSILON)) refuse(`epsilon ${epsilon} must lie between 2⁻¹⁰⁰ and 1`);
  // It says only of what type the outputs are that nothing may use.
  node.attributes.ignore("stash_type");
  node.attributes.refuseOthers();
  const layer = x.dims.slice(axis);
  checkLength(sizeOf(layer), LONGEST_LANES, "numbers");
  for (const value of bias === undefined ? [scale] : [scale, typed(bias, float)]) {
    if (!sameDims(value.dims, layer)) refuse(`"${value.name}" is ${describe(value)} instead of one value per element of a row ([${layer.join(", ")}])`);
  }
  checkOutput(node, x.dims);
  return {
    opcode: Opcode.LayerNormalization,
    attributes: ATTRIBUTES.encode({ axis, epsilon: bitsOf(epsilon) }),
    inputs: [x, scale, bias],
    rules: rulesOf(sizeOf(layer)),
    reads: [{ perm: identity(x.dims.length), elements: sizeOf(layer) }, undefined, undefined],
  };
}

/** Of short rows no order of additions is known, and of long ones no bound. */
const rulesOf = (n: number): readonly Rule[] => [...(n >= SHORTEST_LANES ? [Rule.lanes] : []), ...(n <= LONGEST_LAYER ? [Rule.bound] : [])];

/** Twin of contracts/ops/LayerNormalization.sol, where the derivations stand. */
const admissible: OpTwin = (node, element, claimed, x) => {
  if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
  const coords = unravel(element, node.output.dims);
  const { axis, epsilon } = ATTRIBUTES.of(node);
  if (!(floatOf(epsilon) >= LEAST_EPSILON && floatOf(epsilon) <= LARGEST_EPSILON)) throw new AttributeNotJudged(floatOf(epsilon));
  const [row, j] = rowThrough(input(x, 0), coords, axis, coords.length, LONGEST_LAYER);
  const [g, b] = [input(x, 1), x[2]].map((reader) => (reader === undefined ? 0 : reader.u32(broadcastOffset(coords, reader.tensor))));
  const bits = Number(claimed);
  if (!row.every(isFiniteBits) || isNaNBits(g) || isNaNBits(b)) return isNaNBits(bits);
  if (!isFiniteBits(g)) return !isFiniteBits(bits);
  if (!isFiniteBits(b)) return sumOf(kindOf(b), bits);
  return within(row, j, epsilon, g, b, bits);
};

const demand = (node: Node): Demand => rowDemand(node, ATTRIBUTES.of(node).axis, node.output.dims.length, (elements) => GAS.row + GAS.element * elements);

/** Σ|x|, n · (x_j − μ) and n² · V. */
function moments(row: readonly number[], j: number): [size: Dyadic, own: Dyadic, spread: Dyadic] {
  const n = BigInt(row.length);
  const exponent = Math.max(1, ...row.map((bits) => (bits >>> 23) & 0xff)) - 226;
  const x = row.map((bits) => units(fromFloat(bits), exponent));
  const sum = total(x);
  const size = total(x.map((v) => (v < 0n ? -v : v)));
  return [scaled(size, exponent), scaled(x[j] * n - sum, exponent), scaled(total(x.map((v) => v * v)) * n - sum * sum, 2 * exponent)];
}

/** |claimed − (g · z + b)| ≤ |g| · (Z − |z|) + 2^-23 · |b| + (Z + |g| + 4) · 2^-126 */
function within(row: readonly number[], j: number, epsilon: number, g: number, b: number, claimed: number): boolean {
  const n = row.length;
  const [size, own, spread] = moments(row, j);
  // INVARIANT: from Σ|x| ≥ 2^127 on, a partial sum may overflow, and the mean is an infinity or a NaN.
  if (isNaNBits(claimed)) return topOf(size) > 127;
  // INVARIANT: from Σ|x| ≥ 2^63 on, a sum of squares may overflow: then the root is +∞, and b is left.
  if (topOf(size) > 63 && sameFloatBits(claimed, b)) return true;

  const least = times(fromFloat(epsilon), n * n, 0);
  const sigma = sqrt(add(spread, least));
  const off = times(add(size, scaled(BigInt(n), -102)), 2 * n + 8, -24);
  const known = !sub(sigma, times(off, 4, 0)).negative;
  const s = known ? sub(sigma, times(off, 5, -2)) : sqrt(least);
  // n · s ≥ 2^72: a sum of squares does overflow.
  if (topOf(s) > 72) return false;

  const reach = div(times(add(abs(own), off), 2 ** 25 + n + 32, -25), s);
  const z = div(times(own, known ? 1 : 0, 0), sigma);
  const [gain, bias] = [g, b].map(fromFloat);
  // INVARIANT: a product, or its sum with b, may overflow.
  if (!isFiniteBits(claimed)) return topOf(add(mul(abs(gain), reach), abs(bias))) > 127;

  const relative = add(mul(abs(gain), sub(reach, abs(z))), times(abs(bias), 1, -23));
  const bound = add(relative, times(add(add(reach, abs(gain)), scaled(4n, 0)), 1, -126));
  const distance = abs(sub(sub(fromFloat(claimed), bias), mul(gain, z)));
  return !sub(add(bound, times(bound, 1, -60)), distance).negative;
}

/** What a LayerNormalization makes of its rows, in binary64: 1 / σ of each, and of every element (x − μ) / σ. */
function normalised({ mapped, inputs, outputDims }: ValuedNode) {
  const { axis, epsilon } = ATTRIBUTES.of(mapped);
  const n = sizeOf(outputDims.slice(axis));
  const x = inputs[0]!;
  const rows = Array.from({ length: x.length / n }, (_, r) => {
    const row = Float64Array.from(x.subarray(r * n, (r + 1) * n));
    const mean = row.reduce((a, b) => a + b, 0) / n;
    const sigma = Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n + floatOf(epsilon));
    return { sigma, size: row.reduce((sum, v) => sum + Math.abs(v), 0), z: row.map((v) => (v - mean) / sigma) };
  });
  return { n, rows, root: Math.sqrt(floatOf(epsilon)) };
}

const back: Slope = (node, outer, into) => {
  const { n, rows } = normalised(node);
  const [x, scale, bias] = [0, 1, 2].map(into);
  const g = node.inputs[1]!;
  rows.forEach(({ sigma, z }, r) => {
    const own = outer.subarray(r * n, (r + 1) * n);
    const [mean, along] = [() => 1, (i: number) => z[i]].map((of) => own.reduce((sum, v, i) => sum + v * g[i] * of(i), 0) / n);
    own.forEach((v, i) => {
      if (x) x[r * n + i] += (v * g[i] - mean - z[i] * along) / sigma;
      if (scale) scale[i] += v * z[i];
      if (bias) bias[i] += v;
    });
  });
};

const bound: Bound = (node) => {
  const { n, rows, root } = normalised(node);
  const [, g, b] = node.inputs;
  return Float64Array.from(node.output, (_, i) => {
    const { sigma, size, z } = rows[Math.floor(i / n)];
    const [gain, own] = [Math.abs(g![i % n]), Math.abs(z[i % n])];
    const off = (2 * n + 8) * U * (size / n + 2 ** -102);
    const known = 4 * off <= sigma;
    const reach = ((own * sigma + off) / (known ? sigma - 1.25 * off : root)) * (1 + (n + 32) * 2 ** -25);
    const magnitude = Math.abs(b?.[i % n] ?? 0);
    const finite = size < 2 ** 63 && gain * reach + magnitude < 2 ** 127;
    return finite ? gain * (known ? reach - own : reach + own) + 2 * U * magnitude + (reach + gain + 4) * TINY : Infinity;
  });
};

const REFUSED = ["rows of more than 2¹⁶ numbers", "scale and bias of another shape than a row's", "an epsilon below 2⁻¹⁰⁰ or above 1"];

export const layerNormalization = defineOperator({
  name: "LayerNormalization",
  opcode: 0x0703,
  formula: "y = (x − μ) / √(σ² + epsilon) · Scale + B, μ and σ² of the row",
  library: "LayerNormalization",
  onnx: { LayerNormalization: { since: 17, shapedBy: "shapes", refused: REFUSED, read } },
  inputs: ["X", "Scale", "B?"],
  attributes: ATTRIBUTES,
  types: [float],
  gas: { ...GAS, ...LAYER_LANE_GAS },
  rules: [Rule.lanes, Rule.bound],
  bound,
  replay: replayLayerNormalization(ATTRIBUTES.of),
  schedules: () => LAYER_LANES,
  lanes: layerNormalizationLanes(ATTRIBUTES.of),
  ...whole(admissible, demand),
  slope: { follows: "all", back },
});
