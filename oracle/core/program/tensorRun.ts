import type { TensorReader } from "./reader.ts";

/**
 * Twin of contracts/merkle/TensorRun.sol: the 32-bit elements at `base` + coordinates · `strides`, for all coordinates
 * within `dims` in row-major order.
 */
export function words(x: TensorReader, base: number, dims: readonly number[], strides: readonly number[]): number[] {
  const values: number[] = [];
  const visit = (axis: number, offset: number): void => {
    if (axis === dims.length) values.push(x.u32(offset));
    else for (let c = 0; c < dims[axis]; c++) visit(axis + 1, offset + c * strides[axis]);
  };
  visit(0, base);
  return values;
}
