import { DType } from "./dtype.ts";

/**
 * The form in which a computed float32 tensor is committed (docs/protocol.md §1.3): a zero is +0, a NaN is 0x7fc00000.
 * Twin of Float32.isCanonical in contracts/math/Float32.sol.
 */

const NEGATIVE_ZERO = -0x8000_0000;
const INFINITY = 0x7f80_0000;
const NAN = 0x7fc0_0000;

/** Brings float32 elements into canonical form, in place. `words` are their bits. */
export function canonicalise(words: Int32Array): void {
  // Without branches the signs of zeros, which may be as good as random, cost no mispredictions.
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const magnitude = word & 0x7fff_ffff;
    const notZero = -magnitude >> 31;
    const isNaN = (INFINITY - magnitude) >> 31;
    words[i] = (word & notZero & ~isNaN) | (NAN & isNaN);
  }
}

/** Whether a computed tensor of this type may hold an element of these bits: it concerns float32 only. */
export function isCanonical(dtype: DType, bits: bigint): boolean {
  if (dtype !== DType.float32) return true;
  const word = Number(bits) | 0;
  return word === NAN || (word !== NEGATIVE_ZERO && (word & 0x7fff_ffff) <= INFINITY);
}
