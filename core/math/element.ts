import { DType, dtypeName, widthOf } from "../tensor/dtype.ts";
import { isFloat, sameNumber } from "./floatFormat.ts";

/** Twin of contracts/math/Element.sol: elements as their little-endian bits, by data type. */

const SIGNED: ReadonlySet<DType> = new Set([DType.int8, DType.int16, DType.int32, DType.int64]);
const UNSIGNED: ReadonlySet<DType> = new Set([DType.uint8, DType.uint16, DType.uint32, DType.uint64]);

/** The operator is not defined on elements of this type. */
export class DTypeUnsupported extends Error {
  constructor(dtype: DType) {
    super(`the operator is not defined on elements of type ${dtypeName(dtype)}`);
    this.name = "DTypeUnsupported";
  }
}

/** Equality as rule `equal` means it: of values of floating point numbers (−0 = +0, any NaN = any NaN), else of bits. */
export const same = (dtype: DType, a: bigint, b: bigint): boolean => a === b || (isFloat(dtype) && sameNumber(dtype, a, b));

export const isSigned = (dtype: DType): boolean => SIGNED.has(dtype);
export const isInteger = (dtype: DType): boolean => SIGNED.has(dtype) || UNSIGNED.has(dtype);

/** The value of an integer element. */
export const toInt = (dtype: DType, bits: bigint): bigint =>
  isSigned(dtype) ? BigInt.asIntN(8 * widthOf(dtype), bits) : bits;

/** The bits of an integer element: the value modulo 2^width. */
export const fromInt = (dtype: DType, value: bigint): bigint => BigInt.asUintN(8 * widthOf(dtype), value);

/**
 * Whether a processor may give these bits for a number that the integer type does not have (docs/protocol.md §2.15).
 * @param whole the number without its fraction; 0 where it has more than 64 bits, or is none
 */
export function isLeftOpen(dtype: DType, whole: bigint, bits: bigint): boolean {
  const width = widthOf(dtype);
  const all = fromInt(dtype, -1n);
  if (bits === 0n) return true;
  // The greatest and the least number.
  if (width >= 4 && isSigned(dtype)) return bits === all >> 1n || bits === (all >> 1n) + 1n;
  return bits === all || bits === fromInt(dtype, whole) || (width >= 4 && bits === (all >> 1n) + 1n);
}

/** Whether an integer element is the least or the greatest of its type. */
export const isEnd = (dtype: DType, bits: bigint): boolean => range(dtype).some((end) => bits === fromInt(dtype, end));

/** The least and the greatest value of an integer type. */
export function range(dtype: DType): [bigint, bigint] {
  const values = 1n << BigInt(8 * widthOf(dtype));
  return isSigned(dtype) ? [-values / 2n, values / 2n - 1n] : [0n, values - 1n];
}
