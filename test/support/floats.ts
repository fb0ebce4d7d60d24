import { bitsOf, floatOf } from "../../core/math/float32.ts";
import type { Random } from "./random.ts";

/** Bits of numbers at which binary32 arithmetic changes its ways. */
export const SPECIAL_BITS: readonly number[] = [
  0x00000000, 0x80000000, // ±0
  0x00000001, 0x80000001, 0x00000003, 0x007fffff, 0x807fffff, // subnormal
  0x00800000, 0x80800000, 0x00800001, 0x01000000, // least normal
  0x3f800000, 0xbf800000, 0x3f800001, 0x3f7fffff, // ±1 and neighbours
  0x7f7fffff, 0xff7fffff, 0x7f000000, 0x7effffff, // largest
  0x7f800000, 0xff800000, // ±∞
  0x7fc00000, 0xffc00001, 0x7f800001, // NaN, quiet and signalling
];

/** Any bits at all: every exponent is as likely as every other. */
export const anyBits = (random: Random): number => random.u32();

export const finiteBits = (random: Random): number => {
  for (;;) {
    const bits = random.u32();
    if ((bits & 0x7f800000) !== 0x7f800000) return bits;
  }
};

/** A number near 1, as models have them. */
export const usualBits = (random: Random, scale = 1): number => bitsOf(Math.fround(random.normal() * scale));

/** Few significant bits: ties and exact results are frequent. */
export const roundBits = (random: Random): number => bitsOf(random.int(-64, 64) * 2 ** random.int(-6, 4));

/** A mixture of all of them. */
export const mixedBits = (random: Random): number => {
  const choice = random.int(0, 9);
  if (choice < 4) return usualBits(random, 10 ** random.int(-2, 2));
  if (choice < 6) return roundBits(random);
  if (choice < 9) return anyBits(random);
  return random.pick(SPECIAL_BITS);
};

export const floats = (length: number, next: () => number): Uint8Array =>
  new Uint8Array(Uint32Array.from({ length }, next).buffer);

export const isNaNBits = (bits: number): boolean => Number.isNaN(floatOf(bits));
export const isFiniteBits = (bits: number): boolean => (bits & 0x7f800000) !== 0x7f800000;
export const words = (raw: Uint8Array): Uint32Array => new Uint32Array(raw.slice().buffer);
export const values = (raw: Uint8Array): Float32Array => new Float32Array(raw.slice().buffer);

/** Order-preserving integer of a number's bits (no NaN), and back: neighbours differ by 1; both zeros are 0. */
export const toOrder = (bits: number): number => (bits >>> 31 === 1 ? -(bits & 0x7fffffff) : bits);
export const fromOrder = (order: number): number => (order < 0 ? (0x80000000 | -order) >>> 0 : order);
