import { toInt } from "../../math/element.ts";
import type { TensorReader } from "../../tensor/reader.ts";
import { commitStrides } from "../../tensor/shape.ts";
import type { DType } from "../../tensor/dtype.ts";
import type { Node } from "../../program/types.ts";
import { integer, remarked, rowAttributes } from "../attributes.ts";
import { input } from "../operands.ts";

/** The axis along which scales and zero points differ. */
export const SCALING = rowAttributes({ axis: remarked(integer, "0 where the scale is a scalar") });

/**
 * Twin of contracts/ops/PerAxis.sol: scale (bits of a float32) and zero point of the quantised element at these
 * coordinates.
 */
export function perAxis(
  node: Node,
  coords: readonly number[],
  quantised: DType,
  x: readonly (TensorReader | undefined)[],
): { scale: number; zero: bigint } {
  const { axis } = SCALING.of(node);
  // A scalar and a tensor of one element serve the whole tensor.
  const offset = ({ tensor: { dims, perm } }: TensorReader): number =>
    dims.length === 0 || dims[0] === 1 ? 0 : coords[axis] * commitStrides(dims, perm)[0];
  const scale = input(x, 1);
  const zero = x[2];
  return {
    scale: scale.u32(offset(scale)),
    zero: zero === undefined ? 0n : toInt(quantised, zero.bits(offset(zero))),
  };
}
