import { DTypeUnsupported, isEnd } from "../../math/element.ts";
import { floatOf, isZeroBits } from "../../math/float32.ts";
import { quantizeSum, scaleFactor } from "../../math/requantize.ts";
import type { TensorReader } from "../../tensor/reader.ts";
import { DType, type DType as DTypeCode } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Node } from "../../program/types.ts";
import { input } from "../operands.ts";
import { reductionTwin, type Range } from "../reduction.ts";
import type { Inputs, OpTwin, Reduction } from "../twin.ts";

/**
 * Twin of contracts/ops/IntegerProduct.sol. Inputs 0 … 7 of a quantised product's row are: first operand, its scale and zero
 * point; second operand, its scale and zero point; scale and zero point of the output. Inputs 0 … 3 of a plain one's are the
 * operands and their zero points, which may be absent. So the zero points are inputs 2 and `second` + 2.
 */

/** Place of the second operand among the inputs: of a quantised product, and of a plain one. */
export type Second = 3 | 1;

export interface SumParts {
  /** Number of positions, which is that of all products. */
  length(node: Node): number;
  /** See Reduction; any element where it is left out. */
  fullest?(node: Node): number;
  /**
   * Σ (a − zeroA)(b − zeroB) over some positions, with the bias where they begin the reduction; the channel; and the places
   * of a kernel that were computed to find the operands.
   */
  sum(node: Node, element: number, x: Inputs, range: Range): { total: number; channel: number; taps: number };
}

/** Twin of contracts/families/IntegerDot.sol. The state is the position and the sum. */
export function integerProductTwin(second: Second, { length, fullest = () => 0, sum }: SumParts): { admissible: OpTwin; reduction: Reduction } {
  return reductionTwin<number>({
    words: () => 2,
    length,
    bytes: () => 1,
    fullest,
    work(node, element, x, range) {
      const { taps } = sum(node, element, x, range);
      const count = range.until - range.from;
      return { byteProducts: count, taps, words: Math.ceil(count / 16) + taps };
    },
    reduce(node, element, x, range, state) {
      if (second === 3) requireBytes(node, x);
      else requireIntegers(node, x);
      const { total, channel } = sum(node, element, x, range);
      state[1] = BigInt.asIntN(256, state[1]) + BigInt(total);
      return channel;
    },
    conclude: (node, x, channel, state, claimed) =>
      second === 3 ? isQuantised(node, x, state[1], channel, claimed) : claimed === BigInt.asUintN(32, state[1]),
  });
}

/** Operands, output and zero points must be 8-bit integers, each zero point of its tensor's type. */
function requireBytes(node: Node, x: Inputs): void {
  requireByte(input(x, 0).tensor.dtype, input(x, 2).tensor.dtype);
  requireByte(input(x, 3).tensor.dtype, input(x, 5).tensor.dtype);
  requireByte(node.output.dtype, input(x, 7).tensor.dtype);
}

/** Operands must be 8-bit integers, each zero point of its operand's type, the output int32. */
function requireIntegers(node: Node, x: Inputs): void {
  for (const i of [0, 1]) {
    const { dtype } = input(x, i).tensor;
    requireByte(dtype, x[i + 2]?.tensor.dtype ?? dtype);
  }
  if (node.output.dtype !== DType.int32) throw new DTypeUnsupported(node.output.dtype);
}

function requireByte(dtype: DTypeCode, zeroType: DTypeCode): void {
  if (dtype !== DType.int8 && dtype !== DType.uint8) throw new DTypeUnsupported(dtype);
  if (zeroType !== dtype) throw new DTypeUnsupported(zeroType);
}

/** An 8-bit element as an integer. */
export const byteOf = (reader: TensorReader, offset: number): number =>
  reader.tensor.dtype === DType.int8 ? (reader.u32(offset) << 24) >> 24 : reader.u32(offset);

/** The only element of a parameter, or the one of the channel, which is its only axis longer than 1. */
const entry = (reader: TensorReader, channel: number): number => (sizeOf(reader.tensor.dims) === 1 ? 0 : channel);

/** A zero point; an absent one is 0. */
export const zeroPoint = (reader: TensorReader | undefined, channel: number): number =>
  reader === undefined ? 0 : byteOf(reader, entry(reader, channel));

/** Whether `claimed` is what the whole sum Σ (a − zeroA)(b − zeroB), with the bias, becomes in the output. */
function isQuantised(node: Node, x: Inputs, total: bigint, channel: number, claimed: bigint): boolean {
  const [scaleA, scaleB, scaleY] = [input(x, 1), input(x, 4), input(x, 6)];
  const factor = scaleFactor(floatOf(scaleA.u32(0)), floatOf(scaleB.u32(entry(scaleB, channel))), floatOf(scaleY.u32(0)));
  const { dtype } = node.output;
  const [least, greatest] = dtype === DType.int8 ? [-128, 127] : [0, 255];
  const zero = zeroPoint(x[7], 0);
  // The sum wraps around to an int32.
  const q = quantizeSum(Number(BigInt.asIntN(32, total)), factor, zero, least, greatest);
  // INVARIANT: a NaN converts to the least or the greatest integer, or to 0, which depends on the processor.
  if (q === undefined) return isEnd(dtype, claimed) || claimed === BigInt(zero & 0xff);
  // INVARIANT: a scale of zero has lost its sign when it was committed, and the infinite factor with it.
  return isZeroBits(scaleY.u32(0)) ? isEnd(dtype, claimed) : claimed === BigInt(q & 0xff);
}
