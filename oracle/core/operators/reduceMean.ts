import { fromFloat, units } from "../math/dyadic.ts";
import { DTypeUnsupported } from "../math/element.ts";
import { isFiniteBits, kindOf, sumOf } from "../math/float32.ts";
import { LONGEST_MEAN, LengthNotJudged, requireAtMost } from "../math/length.ts";
import { lineUp } from "../merkle/cover.ts";
import { words } from "../tensor/tensorRun.ts";
import { commitStrides, sizeOf, unravel } from "../tensor/shape.ts";
import { DType } from "../tensor/dtype.ts";
import type { Node } from "../program/types.ts";
import { input } from "./operands.ts";
import { reductionTwin, type Range } from "./reduction.ts";
import type { Inputs } from "./twin.ts";

/** Elements that a mean is taken of. */
const length = (node: Node): number => sizeOf(node.attributes.map((axis) => node.inputs[0]!.dims[axis]));

/** Twin of contracts/ops/ReduceMean.sol, where the derivation stands. Positions are elements in row-major order. */
export const { admissible, reduction } = reductionTwin<number>({
  words: () => 6,
  length,
  bytes: () => 4,
  fullest: () => 0,
  work(node, element, x, range) {
    const elements = row(node, element, x, range).length;
    const { dims, perm } = node.inputs[0]!;
    const strides = commitStrides(dims, perm);
    const axes = lineUp(node.attributes.map((a) => ({ count: dims[a], stride: strides[a] })));
    const lines = 2 + Math.floor(elements / (axes.at(-1)?.count ?? 1));
    return { meanElements: elements, runLines: lines, runSteps: lines * axes.length, words: elements };
  },
  reduce(node, element, x, range, state) {
    if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
    const n = length(node);
    // INVARIANT: nothing has no mean; the inequality below would admit every number.
    if (n === 0) throw new LengthNotJudged(0, LONGEST_MEAN);
    requireAtMost(LONGEST_MEAN, n);
    for (const bits of row(node, element, x, range)) {
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

/** Elements that the claimed one is the mean of. Reduced axes have length 1 in the output, or are gone. */
function row(node: Node, element: number, inputs: Inputs, { from, until }: Range): number[] {
  const x = input(inputs, 0);
  const coords = unravel(element, node.output.dims);
  const { dims, perm } = x.tensor;
  const strides = commitStrides(dims, perm);
  const reduced = node.attributes;
  const others = dims.map((_, a) => a).filter((a) => !reduced.includes(a));
  const kept = coords.length === dims.length;
  const base = others.reduce((sum, a, i) => sum + coords[kept ? a : i] * strides[a], 0);
  return words(x, base, reduced.map((a) => dims[a]), reduced.map((a) => strides[a]), from, until);
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
