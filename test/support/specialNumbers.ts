import { bitsOf } from "../../core/math/float32.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { OperatorName } from "../../core/operators/descriptor.ts";
import { casesOf } from "../operators/index.ts";
import { SPECIAL_BITS, finiteBits, floats, usualBits } from "./floats.ts";
import type { OnnxCase } from "./opCase.ts";
import type { Random } from "./random.ts";

/** Random nodes of every opcode whose float32 inputs hold what no model is made for: NaN, infinities, huge numbers. */

export const NAN_BITS = [0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff, 0x7fc12345];
export const INFINITY_BITS = [0x7f800000, 0xff800000];
const LARGEST_BITS = [0x7f7fffff, 0xff7fffff, 0x7f000000, 0xff000000, 0x7effffff];

const huge = (random: Random): number => bitsOf(Math.fround(random.normal() * 2 ** random.int(115, 126)));
const special = (random: Random): number =>
  random.pick([() => random.pick(NAN_BITS), () => random.pick(INFINITY_BITS), () => random.pick(LARGEST_BITS), () => huge(random)])();

/** How one input is filled. */
type Filling = (length: number, random: Random) => Uint8Array;

/** One value, or what a function draws, at a single place among usual numbers: the first, the last or any. */
const single =
  (draw: (random: Random) => number): Filling =>
  (length, random) => {
    const at = random.pick([0, length - 1, random.int(0, length - 1)]);
    let i = 0;
    return floats(length, () => (i++ === at ? draw(random) : usualBits(random)));
  };

const each =
  (draw: (random: Random) => number): Filling =>
  (length, random) =>
    floats(length, () => draw(random));

const usual = each((random) => usualBits(random));
const FILLINGS: readonly Filling[] = [
  usual,
  usual,
  single((random) => random.pick(NAN_BITS)),
  single((random) => random.pick(INFINITY_BITS)),
  single(special),
  // A mask.
  each((random) => (random.chance(0.4) ? 0xff800000 : usualBits(random))),
  each((random) => (random.chance(0.1) ? special(random) : usualBits(random))),
  each((random) => (random.chance(0.3) ? random.pick(NAN_BITS) : usualBits(random))),
  each(huge),
  // What cancels.
  (length, random) => {
    const bits = random.pick([huge(random) & 0x7fffffff, 0x5f000000, 0x7e800000]);
    let sign = 0;
    return floats(length, () => (bits | (sign = sign === 0 ? 0x80000000 : 0)) >>> 0);
  },
  each((random) => random.pick([...INFINITY_BITS, 0x00000000, 0x3f800000])),
  each((random) => random.pick(SPECIAL_BITS)),
  each(finiteBits),
];

/** Variances, of which a root is taken: none, negative, subnormal, huge, infinite. */
const VARIANCES: readonly Filling[] = [
  ...FILLINGS,
  each(() => 0),
  each((random) => bitsOf(-random.unit())),
  each((random) => random.int(1, 0x7fffff)),
  each((random) => random.pick([0x7f7fffff, 0x7f000000, 0x7f800000, 0x7effffff])),
];

/** Draws of an operator's cases until it counts as one that reads no float32. */
const DRAWS = 100;

const readsFloats = (c: OnnxCase): boolean => c.node.inputs.some((t) => t?.dtype === DType.float32);

/** Whether an operator reads float32 numbers at all: special ones cannot be put upstream of others. */
export function mayReadFloats(name: OperatorName, random: Random): boolean {
  return Array.from({ length: DRAWS }, () => casesOf(name).random(random)).some(readsFloats);
}

/** @param name of an operator that may read float32 numbers */
export function specialCase(name: OperatorName, random: Random): OnnxCase {
  let c = casesOf(name).random(random);
  while (!readsFloats(c)) c = casesOf(name).random(random);
  c.node.inputs.forEach((t, i) => {
    if (t?.dtype !== DType.float32) return;
    const fillings = name === "BatchNormalization" && i === 4 ? VARIANCES : FILLINGS;
    c.inputs[i]!.set(random.pick(fillings)(sizeOf(t.dims), random));
  });
  // Constants become graph inputs, or the runtime would refuse odd scales.
  const onnxInputs = c.onnxInputs?.map((input) => input && { ...input, constant: input.constant === true && input.dtype !== DType.float32 });
  return { ...c, onnxInputs };
}
