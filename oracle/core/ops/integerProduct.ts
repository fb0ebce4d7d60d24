import { floatOf } from "../math/float32.ts";
import { quantizeSum, scaleFactor } from "../math/requantize.ts";
import type { TensorReader } from "../program/reader.ts";
import { DType, sizeOf, type Node } from "../program/types.ts";

/** An 8-bit element as an integer. */
export const byteOf = (reader: TensorReader, offset: number): number =>
  reader.tensor.dtype === DType.int8 ? (reader.u32(offset) << 24) >> 24 : reader.u32(offset);

/** The only element of a parameter, or the one of the channel. */
const entry = (reader: TensorReader, channel: number): number => (sizeOf(reader.tensor.dims) === 1 ? 0 : channel);

/** A zero point; 0 where it is absent. */
export const zeroPoint = (reader: TensorReader | undefined, channel: number): number =>
  reader === undefined ? 0 : byteOf(reader, entry(reader, channel));

/**
 * Judges a quantised dot product (docs/protocol.md §2.5). `sum` is Σ (a − zeroA)(b − zeroB) + bias before it wraps
 * around; inputs 0 … 7 of the row are first operand, scale, zero point; second operand, scale, zero point; scale and
 * zero point of the output.
 */
export function integerProductAdmissible(
  node: Node,
  x: readonly (TensorReader | undefined)[],
  channel: number,
  sum: number,
  claimed: bigint,
): boolean {
  const scaleW = x[4]!;
  const scale = scaleFactor(
    floatOf(x[1]!.u32(0)),
    floatOf(scaleW.u32(entry(scaleW, channel))),
    floatOf(x[6]!.u32(0)),
  );
  const signed = node.output.dtype === DType.int8;
  const wrapped = Number(BigInt.asIntN(32, BigInt(sum)));
  const q = quantizeSum(wrapped, scale, zeroPoint(x[7], 0), signed ? -128 : 0, signed ? 127 : 255);
  return q === undefined || BigInt(q & 0xff) === claimed;
}
