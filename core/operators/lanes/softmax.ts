import { bitsOf, fma32, floatOf, sameFloatBits } from "../../math/float32.ts";
import { LONGEST_SOFTMAX, requireAtMost } from "../../math/length.ts";
import type { Node, Schedule } from "../../program/types.ts";
import { DTypeUnsupported } from "../../math/element.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Replay, Twin } from "../descriptor.ts";
import { input } from "../operands.ts";
import { reductionTwin } from "../reduction.ts";
import { pack32, requireSchedule, unpack32 } from "./lanes.ts";
import { inPass, numbersOf, readingOf, rowOf, rowsOf } from "./row.ts";

const round = Math.fround;

/** Constants of the exponential, by the number of lanes: the least difference that is told from those below. */
const LEAST: Readonly<Record<number, number>> = { 16: round(-103.9720840454), 8: round(-88.3762626647949) };
const LOG2_E = round(1.44269504088896341);
/** Adding it rounds to an integer: its unit in the last place is 1. */
const ROUNDER = 12_582_912;
const [LN2_HIGH, LN2_LOW] = [0.693145752, 1.42860677e-6].map((x) => -round(x));
/** Coefficients, that of the highest power first. */
const POLYNOMIAL = [0x1694 * 2 ** -22, 0x1125edc * 2 ** -31, 0x1555b5a * 2 ** -29, 0x155545 * 2 ** -23, 0x1fffff6 * 2 ** -26, 1, 1];

/** e^d for d ≤ 0, as rows of so many lanes have it. */
function exponential(d: number, lanes: number): number {
  const least = LEAST[lanes];
  const x = d > least ? d : least;
  const m = fma32(LOG2_E, x, ROUNDER) - ROUNDER;
  const r = fma32(m, LN2_LOW, fma32(m, LN2_HIGH, x));
  const p = POLYNOMIAL.reduce((sum, c) => fma32(sum, r, c));
  // Eight lanes build 2^m out of its exponent field, which is 0 for m = −127.
  return lanes === 8 && m < -126 ? 0 : round(p * 2 ** m);
}

/** What two passes over a row come to: the maximum, NaN where the row is one, and Σe^(x − max). */
interface Weights {
  max: number;
  readonly sum: Float32Array;
}

/** Numbers i, i + 1 … of a row: a NaN or +∞ stays, as nothing but NaN comes of such a row. */
function addMaximum(weights: Weights, x: readonly number[], i: number): void {
  for (const bits of x) {
    const value = floatOf(bits);
    if (value !== value || value === Infinity) weights.max = NaN;
    else if (i === 0 || value > weights.max) weights.max = value;
    i++;
  }
}

function addExponentials({ max, sum }: Weights, x: readonly number[], i: number): void {
  const lanes = sum.length;
  // Nothing comes of it.
  if (!Number.isFinite(max)) return;
  for (const bits of x) {
    sum[i % lanes] += exponential(round(floatOf(bits) - max), lanes);
    i++;
  }
}

/** e^(x − max) · RN(1 / Σ); sixteen lanes are folded to eight, and those in pairs. */
function weightOf({ max, sum }: Weights, x: number): number {
  if (!Number.isFinite(max)) return NaN;
  const l = Array.from({ length: 8 }, (_, j) => (sum.length === 16 ? round(sum[j] + sum[j + 8]) : sum[j]));
  const pair = (j: number): number => round(round(l[j] + l[j + 1]) + round(l[j + 2] + l[j + 3]));
  const total = round(pair(0) + pair(4));
  return round(exponential(round(x - max), sum.length) * round(1 / total));
}

/** Sixteen lanes with AVX-512, eight with AVX2. */
export const SOFTMAX_LANES: readonly Schedule[] = [
  { chunk: 16, flags: 0 },
  { chunk: 8, flags: 0 },
];

/** Gas of a piece, of a number in the search for the maximum, and of an exponential. */
export const SOFTMAX_LANE_GAS = { lanes: 45_000, maximum: 400, exponential: 3_500 };

type AxesOf = (row: { readonly attributes: readonly number[] }) => number[];

/**
 * Twin of contracts/ops/SoftmaxLanes.sol. Positions are the numbers of the row, first for the maximum, then for the sum; the state
 * is the maximum and the lanes.
 */
export function softmaxLanes(axesOf: AxesOf): Twin {
  const length = (node: Node): number => sizeOf(axesOf(node).map((a) => node.inputs[0]!.dims[a]));
  return reductionTwin<{ weights: Weights; own: number }>({
    words: () => 4,
    length: (node) => 2 * length(node),
    bytes: () => 4,
    fullest: () => 0,
    work(node, element, x, range) {
      const axes = axesOf(node);
      const [first, second] = [0, 1].map((pass) => inPass(pass, length(node), range));
      const row = rowOf(node, element, input(x, 0), axes);
      for (const part of [first, second]) numbersOf(row, part);
      const { lanes, maximum, exponential: each } = SOFTMAX_LANE_GAS;
      return { ...readingOf(node, axes, [first, second]), gas: lanes + maximum * (first.until - first.from) + each * (second.until - second.from) };
    },
    reduce(node, element, x, range, state) {
      if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
      requireSchedule(SOFTMAX_LANES, node);
      const n = length(node);
      requireAtMost(LONGEST_SOFTMAX, n);
      const row = rowOf(node, element, input(x, 0), axesOf(node));
      const [first, second] = [0, 1].map((pass) => inPass(pass, n, range));
      const lanes = [...unpack32(state[2], 8), ...unpack32(state[3], 8)];
      const weights = { max: floatOf(Number(state[1])), sum: Float32Array.from(lanes.slice(0, node.chunk)) };
      addMaximum(weights, numbersOf(row, first), first.from);
      addExponentials(weights, numbersOf(row, second), second.from);
      state[1] = pack32([weights.max]);
      [state[2], state[3]] = [0, 8].map((from) => pack32(weights.sum.subarray(from, from + 8)));
      return { weights, own: floatOf(row.own) };
    },
    conclude: (_node, _x, { weights, own }, _state, claimed) => sameFloatBits(bitsOf(weightOf(weights, own)), Number(claimed)),
  });
}

export function replaySoftmax(axesOf: AxesOf): Replay {
  return (mapped, [x], { chunk }) => {
    const { groups, count } = rowsOf(mapped, axesOf(mapped));
    const rows = Array.from({ length: count }, () => ({ bits: new Array<number>(), weights: { max: 0, sum: new Float32Array(chunk) } }));
    groups.forEach((group, i) => rows[group].bits.push(bitsOf(x![i])));
    for (const { bits, weights } of rows) {
      addMaximum(weights, bits, 0);
      addExponentials(weights, bits, 0);
    }
    return Float32Array.from(groups, (group, i) => weightOf(rows[group].weights, x![i]));
  };
}
