import { refuse } from "../../faults.ts";
import { div, fromFloat, magnitude, mul, sqrt, topOf, units, type Dyadic } from "../../math/dyadic.ts";
import { DTypeUnsupported } from "../../math/element.ts";
import { bitsOf, floatOf, isFiniteBits, isNaNBits, kindOf, NEGATIVE, POSITIVE, sameFloatBits, sumOf, UNKNOWN } from "../../math/float32.ts";
import { add } from "../../math/roundedArithmetic.ts";
import { describe, type GraphNode } from "../../onnx/graphNode.ts";
import { numbersOf } from "../../onnx/tensor.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { commitStrides, offsetOf, sizeOf, unravel } from "../../tensor/shape.ts";
import { DType } from "../../tensor/dtype.ts";
import { floatBits, rowAttributes } from "../attributes.ts";
import { defineOperator, oneElement, whole, type Bound, type Slope } from "../descriptor.ts";
import { batchNormalizationLanes, replayBatchNormalization } from "../lanes/batchNormalization.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { checkOutput, float, identity, maxInputs, required, sameDims, typed } from "../reading/requirements.ts";
import { TINY, U } from "../slack/rounding.ts";
import type { OpTwin } from "../twin.ts";
import type { ValuedNode } from "../valuedNode.ts";

const ATTRIBUTES = rowAttributes({ epsilon: floatBits });

function read(node: GraphNode): Mapped {
  maxInputs(node, 5);
  const inputs = identity(5).map((i) => typed(required(node, i), float));
  const [x] = inputs;
  if (node.attributes.int("training_mode", 0) !== 0) refuse("training mode normalises by the batch; export the model for inference");
  if (node.attributes.int("spatial", 1) !== 1) refuse("spatial = 0 is not supported");
  const epsilon = node.attributes.float("epsilon", 1e-5);
  if (!Number.isFinite(epsilon)) refuse(`epsilon ${epsilon} must be finite`);
  node.attributes.ignore("momentum");
  node.attributes.refuseOthers();
  if (x.dims.length < 2) refuse(`its input ${describe(x)} has no channels`);
  for (const value of inputs.slice(1)) {
    if (!sameDims(value.dims, [x.dims[1]])) refuse(`"${value.name}" is ${describe(value)} instead of one value per channel (${x.dims[1]})`);
  }
  const variances = inputs[4].constant === undefined ? [] : numbersOf(inputs[4].constant);
  const bad = variances.find((variance) => !(Math.fround(variance + Math.fround(epsilon)) > 0));
  if (bad !== undefined) refuse(`the variance ${bad} with epsilon ${epsilon} is not positive`);
  checkOutput(node, x.dims);
  return {
    opcode: Opcode.BatchNormalization,
    attributes: ATTRIBUTES.encode({ epsilon: bitsOf(epsilon) }),
    inputs,
    // The reciprocal of a root of −0 is not that of +0.
    rules: epsilon > 0 ? [Rule.lanes, Rule.bound] : [Rule.bound],
    reads: inputs.map(() => undefined),
  };
}

/** Twin of contracts/ops/BatchNormalization.sol, where the derivations stand. */
const admissible: OpTwin = (node, element, claimed, x) => {
  if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
  const coords = unravel(element, node.output.dims);
  const data = input(x, 0);
  const value = data.u32(offsetOf(coords, commitStrides(data.tensor.dims, data.tensor.perm)));
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => {
    const reader = input(x, i);
    return reader.u32(coords[1] * commitStrides(reader.tensor.dims, reader.tensor.perm)[0]);
  });
  const { epsilon } = ATTRIBUTES.of(node);
  const bits = Number(claimed);
  const finite = isFiniteBits(bits);
  const overflows = add(variance, epsilon) === 0x7f800000;
  const terms = [value, scale, bias, mean];
  if (![...terms, variance, epsilon].every(isFiniteBits)) {
    // A NaN never disappears, and an infinity only in a reciprocal: as part of var + ε.
    if ([...terms, variance, epsilon].some(isNaNBits)) return isNaNBits(bits);
    if (![value, bias, mean].every(isFiniteBits)) return sumOf(kindsOf(value, scale, bias, mean, variance, epsilon), bits);
    if (!isFiniteBits(scale)) return !finite;
    return overflows ? sameFloatBits(bits, bias) : isNaNBits(bits);
  }
  const w = positiveSum(fromFloat(variance), fromFloat(epsilon));
  // The root of a negative number is a NaN, and the reciprocal of that of zero an infinity.
  if (w.mantissa === 0n) return !finite;
  if (overflows) return sameFloatBits(bits, bias);
  // Where subnormal numbers are flushed to zero, the reciprocal of the root of one is an infinity.
  if (topOf(w) < -125 && !finite) return true;
  return within(fromFloat(value), fromFloat(mean), fromFloat(bias), div(fromFloat(scale), sqrt(w)), bits);
};

/** What is not finite of X · s − mean · s + B. The sign of s is that of scale, which is finite. */
function kindsOf(value: number, scale: number, bias: number, mean: number, variance: number, epsilon: number): number {
  if (![scale, variance, epsilon].every(isFiniteBits)) return UNKNOWN;
  if (positiveSum(fromFloat(variance), fromFloat(epsilon)).mantissa === 0n) return UNKNOWN;
  const sign = scale & 0x80000000;
  let kinds = 0;
  if (!isFiniteBits(value)) kinds |= kindOf(value ^ sign);
  if (!isFiniteBits(mean)) kinds |= kindOf(mean ^ sign ^ 0x80000000);
  // An infinity times a zero.
  if (kinds !== 0 && (scale & 0x7fffffff) === 0) return POSITIVE | NEGATIVE;
  return isFiniteBits(bias) ? kinds : kinds | kindOf(bias);
}

function positiveSum(a: Dyadic, b: Dyadic): Dyadic {
  let unit = Math.min(a.exponent, b.exponent);
  if (a.mantissa === 0n) unit = b.exponent;
  if (b.mantissa === 0n) unit = a.exponent;
  unit = Math.max(unit, Math.max(a.exponent, b.exponent) - 200);
  const sum = units(a, unit) + units(b, unit);
  return { negative: false, mantissa: sum > 0n ? sum : 0n, exponent: unit };
}

/** |claimed − (xs − μs + b)| ≤ 10 · 2^-24 · (|xs| + |μs| + |b|) + (|x| + |μ| + 4) · 2^-126 */
function within(x: Dyadic, mean: Dyadic, b: Dyadic, s: Dyadic, claimed: number): boolean {
  const xs = mul(x, s);
  const ms = mul(mean, s);
  let top = Math.max(topOf(xs), topOf(ms), topOf(b));
  // INVARIANT: where s reaches 2^127, or a term 2^125, an intermediate result may overflow and leave an infinity or a
  // NaN; where s, xs or μs reaches 2^130, it does.
  if (!isFiniteBits(claimed)) return top > 125 || topOf(s) > 127;
  if (Math.max(top, topOf(s)) > 130) return false;
  const y = fromFloat(claimed);
  const tiny: Dyadic[] = [
    { ...x, exponent: x.exponent - 126 },
    { ...mean, exponent: mean.exponent - 126 },
    { negative: false, mantissa: 1n, exponent: -124 },
  ];
  top = Math.max(top, topOf(y), ...tiny.map(topOf));
  const unit = top - 220;
  const difference = units(y, unit) - units(xs, unit) + units(ms, unit) - units(b, unit);
  const distance = difference < 0n ? -difference : difference;
  const size = magnitude(xs, unit) + magnitude(ms, unit) + magnitude(b, unit);
  const underflow = tiny.reduce((sum, d) => sum + magnitude(d, unit), 0n);
  return distance << 24n <= 10n * size + (underflow << 24n) + (size >> 99n) + (1n << 27n);
}

/** The channel of every element. */
const channels = ({ outputDims }: ValuedNode) => (element: number): number =>
  Math.floor(element / sizeOf(outputDims.slice(2))) % outputDims[1];

/** What a BatchNormalization does to each channel. */
interface Normalisation {
  readonly scale: Float64Array;
  readonly bias: Float32Array;
  readonly mean: Float32Array;
  /** The variance and epsilon. */
  readonly spread: Float64Array;
}

function normalisation({ mapped, inputs }: ValuedNode): Normalisation {
  const [, gain, bias, mean, variance] = inputs as Float32Array[];
  const epsilon = floatOf(ATTRIBUTES.of(mapped).epsilon);
  const spread = Float64Array.from(variance, (v) => v + epsilon);
  return { scale: Float64Array.from(gain, (g, i) => g / Math.sqrt(spread[i])), bias, mean, spread };
}

const back: Slope = (node, outer, into) => {
  const x = into(0);
  const channelOf = channels(node);
  const { scale } = normalisation(node);
  if (x) outer.forEach((g, i) => (x[i] += g * scale[channelOf(i)]));
};

const bound: Bound = (node) => {
  const { scale, bias, mean, spread } = normalisation(node);
  const channelOf = channels(node);
  const x = node.inputs[0]!;
  return Float64Array.from(node.output, (_, i) => {
    const c = channelOf(i);
    // var + ε rounds to infinity, and only B is admissible.
    if (Math.fround(spread[c]) === Infinity && Number.isFinite(bias[c])) return 0;
    const terms = [x[i] * scale[c], mean[c] * scale[c], bias[c]].map(Math.abs);
    const finite = spread[c] >= TINY && Math.abs(scale[c]) < 2 ** 127 && terms.every((term) => term < 2 ** 125);
    return finite ? 10 * U * (terms[0] + terms[1] + terms[2]) + (Math.abs(x[i]) + Math.abs(mean[c]) + 4) * TINY : Infinity;
  });
};

export const batchNormalization = defineOperator({
  name: "BatchNormalization",
  opcode: 0x0701,
  formula: "y = (x − mean) / √(var + epsilon) · scale + B",
  library: "BatchNormalization",
  onnx: {
    BatchNormalization: {
      since: 1,
      shapedBy: "shapes",
      refused: ["training mode", "`spatial` 0", "an epsilon that is not finite", "a variance that is not positive with epsilon"],
      read,
    },
  },
  inputs: ["X", "scale", "B", "mean", "var"],
  attributes: ATTRIBUTES,
  types: [float],
  rules: [Rule.lanes, Rule.bound],
  bound,
  replay: replayBatchNormalization(ATTRIBUTES.of),
  lanes: batchNormalizationLanes(ATTRIBUTES.of),
  ...whole(admissible, oneElement),
  slope: { follows: "data", back },
});
