import { dotOf } from "../compile/dot.ts";
import type { ValuedNode } from "../operators/valuedNode.ts";
import { Opcode, Rule } from "../program/types.ts";
import { channels, normalisation, reduction, softmaxAxes } from "../operators/slack/groups.ts";

const U = 2 ** -24;
const TINY = 2 ** -126;

/** γ_k of the rounding analysis: k roundings move a sum by at most this, relative to the sum of magnitudes. */
const gamma = (k: number): number => (k * U) / (1 - k * U);

/** The bounds of all elements of a node; infinite where infinities and NaN are admissible besides. */
type Bound = (node: ValuedNode) => Float64Array;

const boundOfDot: Bound = ({ mapped, inputs, output }) => {
  const bounds = new Float64Array(output.length);
  const dot = dotOf(mapped, inputs);
  const a = new Float32Array(dot.length);
  const roundings = gamma(dot.length + (mapped.opcode === Opcode.Gemm ? 3 : 1));
  const underflow = (dot.length + 2) * TINY * Math.max(1, Math.abs(dot.alpha));
  for (let block = 0; block < dot.blocks; block++) {
    for (let row = 0; row < dot.rows; row++) {
      dot.gather(block, row, a);
      for (let column = 0; column < dot.columns; column++) {
        const b = dot.column(block, column);
        let products = 0;
        for (let k = 0; k < dot.length; k++) products += Math.abs(a[k] * b[k]);
        const size = products * Math.abs(dot.alpha) + Math.abs(dot.bias(block, row, column));
        const finite = products < 2 ** 126 && size < 2 ** 126;
        bounds[dot.element(block, row, column)] = finite ? roundings * size + underflow : Infinity;
      }
    }
  }
  return bounds;
};

const boundOfMean: Bound = ({ mapped, inputs, output }) => {
  const sums = new Float64Array(output.length);
  const { groups, size } = reduction(mapped.inputs[0]!.dims, mapped.attributes);
  groups.forEach((group, i) => (sums[group] += Math.abs(inputs[0]![i])));
  return sums.map((sum) => (sum < 2 ** 127 ? (sum / size) * gamma(size + 1) + TINY : Infinity));
};

const boundOfNormalisation: Bound = (node) => {
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

const boundOfSoftmax: Bound = ({ mapped, inputs, output, outputDims }) => {
  const { groups, count, size } = reduction(outputDims, softmaxAxes(mapped));
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

/** Bound of every operator that the rule `bound` may judge; "exact" of the others. */
export type Bounds = Readonly<Record<Opcode, Bound | "exact">>;
export const BOUNDS = {
  [Opcode.Conv]: boundOfDot,
  [Opcode.Gemm]: boundOfDot,
  [Opcode.MatMul]: boundOfDot,
  [Opcode.QLinearConv]: "exact",
  [Opcode.QLinearMatMul]: "exact",
  [Opcode.Reshape]: "exact",
  [Opcode.Transpose]: "exact",
  [Opcode.Relu]: "exact",
  [Opcode.MaxPool]: "exact",
  [Opcode.QuantizeLinear]: "exact",
  [Opcode.DequantizeLinear]: "exact",
  [Opcode.Add]: "exact",
  [Opcode.Sub]: "exact",
  [Opcode.Mul]: "exact",
  [Opcode.Div]: "exact",
  [Opcode.ReduceMean]: boundOfMean,
  [Opcode.BatchNormalization]: boundOfNormalisation,
  [Opcode.Softmax]: boundOfSoftmax,
} satisfies Bounds;

/**
 * The bound of every element of a node under the rule `bound` (docs/protocol.md §2.4, §2.7), to first order in u; infinite
 * or NaN where infinities and NaN are admissible. Undefined under other rules.
 */
export function boundsOf(node: ValuedNode): Float64Array | undefined {
  if (node.rule !== Rule.bound) return undefined;
  const bound: Bound | "exact" = BOUNDS[node.mapped.opcode];
  if (bound === "exact") throw new RangeError(`opcode ${node.mapped.opcode} has no bound, but the rule of its row is bound`);
  return bound(node);
}
