import { DType } from "./dtype.ts";

/**
 * The form in which computed tensors of floating point numbers are committed (docs/protocol.md §1.3): a zero is +0, a NaN the
 * quiet one without sign and payload. Twin of FloatFormat.isCanonical in contracts/math/FloatFormat.sol.
 */

const INFINITY = 0x7f80_0000;
const NAN = 0x7fc0_0000;

/** Of every type: the bits of −0, of infinity, and of the NaN. */
const FORMATS: ReadonlyMap<DType, readonly [negativeZero: bigint, infinity: bigint, nan: bigint]> = new Map([
  [DType.float16, [1n << 15n, 0x7c00n, 0x7e00n]],
  [DType.float32, [1n << 31n, BigInt(INFINITY), BigInt(NAN)]],
  [DType.float64, [1n << 63n, 0x7ff0_0000_0000_0000n, 0x7ff8_0000_0000_0000n]],
]);

/** Brings elements into canonical form, in place. The bytes lie aligned to elements of the type. */
export function canonicalise(dtype: DType, { buffer, byteOffset, byteLength }: Uint8Array): void {
  if (dtype === DType.float32) canonicaliseSingles(new Int32Array(buffer, byteOffset, byteLength / 4));
  else if (dtype === DType.float64) canonicaliseDoubles(new Float64Array(buffer, byteOffset, byteLength / 8), new Uint32Array(buffer, byteOffset, byteLength / 4));
  else if (dtype === DType.float16) canonicaliseHalves(new Uint16Array(buffer, byteOffset, byteLength / 2));
}

function canonicaliseSingles(words: Int32Array): void {
  // Without branches the signs of zeros, which may be as good as random, cost no mispredictions.
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const magnitude = word & 0x7fff_ffff;
    const notZero = -magnitude >> 31;
    const isNaN = (INFINITY - magnitude) >> 31;
    words[i] = (word & notZero & ~isNaN) | (NAN & isNaN);
  }
}

/** @param words the same bytes: the bits of a NaN that is stored as a number are not defined */
function canonicaliseDoubles(numbers: Float64Array, words: Uint32Array): void {
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i];
    if (number === 0) numbers[i] = 0;
    else if (number !== number) [words[2 * i], words[2 * i + 1]] = [0, 0x7ff8_0000];
  }
}

function canonicaliseHalves(halves: Uint16Array): void {
  for (let i = 0; i < halves.length; i++) {
    const magnitude = halves[i] & 0x7fff;
    if (magnitude === 0) halves[i] = 0;
    else if (magnitude > 0x7c00) halves[i] = 0x7e00;
  }
}

/** Whether a computed tensor of this type may hold an element of these bits: it concerns floating point numbers only. */
export function isCanonical(dtype: DType, bits: bigint): boolean {
  const format = FORMATS.get(dtype);
  if (format === undefined) return true;
  const [negativeZero, infinity, nan] = format;
  return bits === nan || (bits !== negativeZero && (bits & ~negativeZero) <= infinity);
}
