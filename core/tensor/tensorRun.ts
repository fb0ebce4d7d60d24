import { offsetOf, unravel } from "./shape.ts";

/**
 * Twin of contracts/ops/TensorRun.sol: what is read at the commit offsets `base` + coordinates · `strides`, for coordinates
 * within `dims` in row-major order: those of the row-major indices from `from` to before `until`.
 */
export function run<T>(
  read: (offset: number) => T,
  base: number,
  dims: readonly number[],
  strides: readonly number[],
  from: number,
  until: number,
): T[] {
  if (from === until) return [];
  const values = new Array<T>(until - from);
  const coords = unravel(from, dims);
  let offset = base + offsetOf(coords, strides);
  for (let i = from; i < until; i++) {
    values[i - from] = read(offset);
    for (let a = dims.length - 1; a >= 0; a--) {
      offset += strides[a];
      if (++coords[a] < dims[a]) break;
      offset -= strides[a] * dims[a];
      coords[a] = 0;
    }
  }
  return values;
}
