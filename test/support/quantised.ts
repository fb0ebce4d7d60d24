import { expect } from "chai";
import { bitsOf, floatOf } from "../../core/math/float32.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { Node } from "../../core/program/types.ts";
import { SPECIAL_BITS, floats } from "./floats.ts";
import { Judge, honestOutput, vector, type OnnxCase, type Vector } from "./judge.ts";
import type { Random } from "./random.ts";

export type ByteType = typeof DType.int8 | typeof DType.uint8;

/** Types of the first and the second operand that onnxruntime multiplies; the output has the first one's. */
export const TYPES: readonly (readonly [ByteType, ByteType])[] = [
  [DType.uint8, DType.uint8],
  [DType.uint8, DType.int8],
  [DType.int8, DType.int8],
];

export const isSigned = (dtype: DType): boolean => dtype === DType.int8;

/** An 8-bit element as an integer. */
export const integerAt = (raw: Uint8Array, signed: boolean, i: number): number => (signed ? (raw[i] << 24) >> 24 : raw[i]);

/** How the 8-bit values of a tensor are drawn. */
export function randomBytes(length: number, random: Random): Uint8Array {
  const draw = random.pick([
    () => random.int(0, 255),
    () => random.int(0, 255),
    () => random.int(0, 7) - 4,
    () => random.pick([0, 127, 128, 255]),
    () => random.pick([0, 255]),
    () => 0x80,
  ]);
  return Uint8Array.from({ length }, draw);
}

export const randomZero = (dtype: ByteType, random: Random): number =>
  random.pick([0, 0, isSigned(dtype) ? 0 : 128, 127, 128, 255, random.int(0, 255)]);

/** The three scales of a product: first operand, second operand (one or one per channel), output. */
export interface Scales {
  readonly a: number;
  readonly b: readonly number[];
  readonly y: number;
}

/** Scales as models have them: outputs fill their range, now and then they saturate. */
export function usualScales(products: number, channels: number, random: Random): Scales {
  const a = Math.fround(0.001 + random.unit() * 0.1);
  const b = Array.from({ length: channels }, () => Math.fround(0.001 + random.unit() * 0.05));
  const spread = 2 ** (random.unit() * 14 - 2);
  return { a, b, y: Math.fround((a * b[0] * Math.sqrt(products) * spread) || 1) };
}

/** Powers of two, which make ties frequent. */
export function roundScales(products: number, channels: number, random: Random): Scales {
  const power = (low: number, high: number) => 2 ** random.int(low, high);
  return {
    a: power(-6, 0),
    b: Array.from({ length: channels }, () => power(-6, 0)),
    y: power(-8, 2) * 2 ** Math.ceil(Math.log2(products * 64)) * 2 ** -random.int(0, 8),
  };
}

/** Scales that no sensible model has, but a computed one may take. */
export function wildScales(channels: number, random: Random): Scales {
  const draw = () =>
    floatOf(
      random.pick([
        random.pick(SPECIAL_BITS),
        random.u32(),
        bitsOf(Math.fround(random.normal() * 2 ** random.int(-60, 60))),
        bitsOf(Math.fround((random.unit() + 0.5) * 2 ** random.int(-12, 2))),
      ]),
    );
  return { a: draw(), b: Array.from({ length: channels }, draw), y: draw() };
}

export const floatBytes = (numbers: readonly number[]): Uint8Array => {
  const queue = [...numbers];
  return floats(numbers.length, () => bitsOf(queue.shift()!));
};

/** The factor that float32 arithmetic makes of the scales. */
export const factorOf = (s: Scales, channel: number): number =>
  Math.fround(Math.fround(s.a * s.b[s.b.length === 1 ? 0 : channel]) / s.y);

/** A quantised dot product with what it takes to say what its elements should be. */
export interface QuantisedCase extends OnnxCase {
  readonly scales: Scales;
  /** The sum behind an output element, with the bias, before it wraps around; and the element's channel. */
  sum(element: number): { total: bigint; channel: number };
}

/**
 * The output's possible values by the protocol, on big integers and without float arithmetic after the factor:
 * float(sum) · factor is rounded twice to 24 bits and then to an integer. Either end of the range where an output scale
 * of zero makes the factor infinite, and those or the zero point where the product is a NaN.
 */
export function expected(c: QuantisedCase, element: number): { readonly values: readonly number[]; readonly isNaN: boolean } {
  const { total, channel } = c.sum(element);
  const factor = factorOf(c.scales, channel);
  const wrapped = Number(BigInt.asIntN(32, total));
  const value = Math.fround(Math.fround(wrapped) * factor);
  const signed = isSigned(c.node.output.dtype);
  const zero = integerAt(c.inputs[7]!, signed, 0);
  const [least, greatest] = signed ? [-128, 127] : [0, 255];
  const one = (q: number) => ({ values: [q & 0xff], isNaN: false });
  if (Number.isNaN(value)) return { values: [least & 0xff, greatest & 0xff, zero & 0xff], isNaN: true };
  if (c.scales.y === 0) return { values: [least & 0xff, greatest & 0xff], isNaN: false };
  if (value >= 1024) return one(greatest);
  if (value <= -1024) return one(least);
  // Adding and taking away 1.5 · 2^52 in binary64 rounds to an integer, ties to even.
  const magic = 1.5 * 2 ** 52;
  return one(Math.min(Math.max(value + magic - magic + zero, least), greatest));
}

/**
 * Judges elements of `cases` cases: onnxruntime's value must be the formula's and admissible, its neighbours and others
 * inadmissible, and the contract must agree. Returns how many elements are made of a NaN.
 */
export async function judgeCases(cases: number, elements: number, random: Random, next: (i: number) => QuantisedCase): Promise<number> {
  let fromNaN = 0;
  let judge = new Judge();
  for (let i = 0; i < cases; i++) {
    const c = next(i);
    const honest = await honestOutput(c);
    for (let j = 0; j < elements; j++) {
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const right = honest[element];
      const { values, isNaN } = expected(c, element);
      if (isNaN) fromNaN++;
      if (!values.includes(right)) throw new Error(`the formula gives ${values.join(" or ")}, onnxruntime ${right}: ${describe(c, element)}`);
      judge.ask(c, element, BigInt(right), true);
      for (const wrong of [(right + 1) & 0xff, (right - 1) & 0xff, right ^ (1 << random.int(0, 7)), right + 256]) {
        judge.ask(c, element, BigInt(wrong), values.includes(wrong));
      }
    }
    if (judge.asked > 300 || i === cases - 1) {
      await judge.settle();
      judge = new Judge();
    }
  }
  return fromNaN;
}

/** Either end of the output's range. */
const endsOf = (dtype: DType): readonly number[] => (isSigned(dtype) ? [0x80, 0x7f] : [0, 0xff]);

/** Judges cases whose output scale is +0 or −0: either end is admissible, and the zero point where the sum is 0 as well. */
export async function judgeZeroScale(next: (y: number) => QuantisedCase): Promise<void> {
  const judge = new Judge();
  let determined = 0;
  for (let i = 0; i < 40; i++) {
    const c = next(i % 2 === 0 ? 0 : -0);
    const { dtype, dims } = c.node.output;
    const honest = await honestOutput(c);
    for (const element of [0, sizeOf(dims) - 1]) {
      const { values, isNaN } = expected(c, element);
      if (!isNaN) determined++;
      judge.ask(c, element, BigInt(honest[element]), true);
      for (const end of endsOf(dtype)) judge.ask(c, element, BigInt(end), true);
      for (const other of [1, 5, 0x81, 0xfe]) judge.ask(c, element, BigInt(other), values.includes(other));
    }
  }
  await judge.settle();
  expect(determined).to.be.greaterThan(40);
}

/** Golden cases of an output scale of +0. */
export const zeroScaleVectors = (c: QuantisedCase): Vector[] => [
  ...endsOf(c.node.output.dtype).map((end) => vector("an output scale of zero, either end", c, 0, BigInt(end), true)),
  vector("an output scale of zero, off the end", c, 0, 0x7en, false),
];

const describe = (c: QuantisedCase, element: number): string =>
  JSON.stringify({ element, ...c.sum(element), scales: c.scales, node: c.node }, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v));

/** Fixed part of a row under the rule `equal`. */
export const equalRow = (opcode: Node["opcode"]) => ({ opcode, rule: 0, chunk: 0, flags: 0 }) as const;
