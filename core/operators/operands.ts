import { DTypeUnsupported, isInteger } from "../math/element.ts";
import { broadcastOffset } from "../tensor/broadcast.ts";
import type { TensorReader } from "../tensor/reader.ts";
import { DType } from "../tensor/dtype.ts";
import { unravel } from "../tensor/shape.ts";
import type { Node } from "../program/types.ts";

/** The input at this place, which the node must have. */
export function input(x: readonly (TensorReader | undefined)[], i: number): TensorReader {
  const reader = x[i];
  if (reader === undefined) throw new RangeError(`input ${i} is absent`);
  return reader;
}

/** Twin of contracts/ops/Operands.sol: the two numbers that one element of a broadcast binary operator is made of. */
export function operands(node: Node, element: number, x: readonly (TensorReader | undefined)[]): [bigint, bigint] {
  const { dtype, dims } = node.output;
  if (dtype !== DType.float32 && !isInteger(dtype)) throw new DTypeUnsupported(dtype);
  const coords = unravel(element, dims);
  const read = (reader: TensorReader): bigint => reader.bits(broadcastOffset(coords, reader.tensor));
  return [read(input(x, 0)), read(input(x, 1))];
}
