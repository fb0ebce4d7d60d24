import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { SPECIAL_BITS, fromOrder, isFiniteBits, mixedBits, toOrder, words as wordsOf } from "../../support/floats.ts";
import type { OnnxCase } from "../../support/opCase.ts";
import type { NodeInput } from "../../support/ort.ts";
import type { Random } from "../../support/random.ts";
import type { OperatorCases } from "./cases.ts";
import { INTEGERS, anything, dims, drawer, float, words } from "./draw.ts";
import { caseOf } from "./onnx.ts";

/** Operators that make an element of one element of each operand. */

/** A function of one operand: a random tensor of one of these types, and every special number. */
export const unary = (op: string, types: readonly DType[]): Pick<OperatorCases, "random" | "every"> => {
  const of = (x: NodeInput, random?: Random) => caseOf({ op, inputs: [x], output: { dtype: x.dtype as DType, dims: x.dims } }, random);
  return {
    random(random) {
      const shape = dims(random, 0, 4);
      const integers = types.filter((type) => type !== DType.float32);
      return of(integers.length > 0 && random.chance(0.3) ? anything(random.pick(integers), shape, random) : float(shape, random), random);
    },
    every: [of(words([SPECIAL_BITS.length], SPECIAL_BITS))],
  };
};

export const broadcast = (a: readonly number[], b: readonly number[]): number[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => Math.max(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1));
};

export const pair = (op: string, a: NodeInput, b: NodeInput, random?: Random): OnnxCase =>
  caseOf({ op, inputs: [a, b], output: { dtype: a.dtype as DType, dims: broadcast(a.dims, b.dims) } }, random);

/** Two shapes that broadcast: axes are dropped from the left or reduced to 1, in either. */
export function shapes(random: Random): readonly number[][] {
  const shape = dims(random, 0, 4, 4);
  const bent = shape.slice(random.chance(0.3) ? random.int(0, shape.length) : 0).map((d) => (random.chance(0.25) ? 1 : d));
  return random.shuffle([shape, bent]);
}

/** A second operand that fits the first, so that results cancel, tie, overflow or become subnormal; or any. */
function partner(bits: number, random: Random): number {
  const choice = random.int(0, 5);
  if (choice === 0) return (bits ^ 0x80000000) >>> 0;
  if (choice === 1 && isFiniteBits(bits)) return fromOrder(-toOrder(bits) + random.int(-3, 3));
  if (choice === 2) return ((bits + (random.int(-26, 26) << 23)) >>> 0) & 0xfffffffe; // close in exponent
  if (choice === 3) return (0x7f000000 - (bits & 0x7fffffff) + (random.int(-26, 3) << 23)) >>> 0; // reciprocal in exponent
  return mixedBits(random);
}

/**
 * Integer divisors must be constants, none of them 0 or −1, by which the runtime's process would end; and the compiler knows
 * integers up to 2⁵³.
 */
export function divisors(dtype: DType, shape: readonly number[], random: Random): NodeInput {
  const b = anything(dtype, shape, random);
  const width = widthOf(dtype);
  for (let k = 0; k < b.raw.length; k++) if (k % width === 0) b.raw[k] = random.int(1, 254);
  for (let k = 0; k < b.raw.length; k++) if (k % width > 5) b.raw[k] = 0;
  return { ...b, constant: true };
}

/** Pairs at which an implementation of the four operations is likely to go wrong. */
const PAIRS: readonly (readonly [number, number])[] = [
  [0x3f800000, 0x3eaaaaab], // 1 and a third
  [0x3f800001, 0x33800000], // a tie in the last place
  [0x3f800001, 0xbf800000], // cancellation down to one unit
  [0x7f000000, 0x00000001], // far apart
  [0x007fffff, 0x3f000001], // a subnormal and a normal number
  [0x00000003, 0x807fffff], // two subnormal numbers
  [0x7f7fffff, 0x7f7fffff], // the largest number and itself
  [0x7f7fffff, 0x73000000], // the largest number and half a unit of it
  [0x7f800000, 0x00000000], // infinity and zero
  [0x7f800000, 0xff800000], // opposite infinities
  [0x00000000, 0x80000000], // zero and zero
  [0x7fc00000, 0x3f800000], // a NaN
];

/** An arithmetic operation on two operands of any numeric type that broadcast. */
export const binary = (op: string): Pick<OperatorCases, "random" | "every"> => ({
  random(random) {
    const [a, b] = shapes(random);
    if (random.chance(0.3)) {
      const dtype = random.pick(INTEGERS);
      return pair(op, anything(dtype, a, random), op === "Div" ? divisors(dtype, b, random) : anything(dtype, b, random), random);
    }
    const x = float(a, random, random.chance(0.5) ? drawer(random) : () => mixedBits(random));
    const first = [...wordsOf(x.raw)];
    return pair(op, x, float(b, random, () => partner(random.pick(first), random)), random);
  },
  every: [
    pair(op, words([PAIRS.length], PAIRS.map(([a]) => a)), words([PAIRS.length], PAIRS.map(([, b]) => b))),
    pair(op, words([SPECIAL_BITS.length, 1], SPECIAL_BITS), words([SPECIAL_BITS.length], SPECIAL_BITS)),
  ],
});

/** Pairs whose extremum is not plain. */
export const EXTREMA: readonly (readonly [number, number])[] = [[1, NaN], [NaN, 1], [NaN, Infinity], [-Infinity, NaN], [NaN, NaN], [-0, 0], [0, -0], [Infinity, -Infinity], [2 ** -149, -(2 ** -149)], [1, 1 + 2 ** -23], [-1, -1 - 2 ** -23]];

/** The greater or the smaller of two operands of a type whose extrema the runtime finds. */
export const extremum = (op: "Max" | "Min"): Pick<OperatorCases, "random" | "every" | "keepsSigns"> => ({
  random(random) {
    const [a, b] = shapes(random);
    if (!random.chance(0.3)) return pair(op, float(a, random), float(b, random), random);
    const dtype = random.pick([DType.int8, DType.uint8, DType.int32, DType.int64, DType.uint32, DType.uint64]);
    return pair(op, anything(dtype, a, random), anything(dtype, b, random), random);
  },
  every: [pair(op, words([SPECIAL_BITS.length, 1], SPECIAL_BITS), words([SPECIAL_BITS.length], SPECIAL_BITS))],
  keepsSigns: true,
});
