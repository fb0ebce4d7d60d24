import { sameBytes } from "../bytes.ts";
import { LEAF } from "../merkle/tensorTree.ts";
import { byteLength, commitStrides, rowMajorStrides } from "../tensor/shape.ts";
import { widthOf } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Row-major indices of the elements in which two values of a tensor differ, bit for bit; in commit order.
 * @param mine bytes in commit order, from `start` on; `theirs` the same
 * @param start position of both within the tensor's data; a whole number of leaves
 */
export function* differingElements(tensor: Tensor, mine: Uint8Array, theirs: Uint8Array, start = 0): Generator<number> {
  const width = widthOf(tensor.dtype);
  const end = Math.min(mine.length, byteLength(tensor) - start);
  for (let leaf = 0; leaf < end; leaf += LEAF) {
    const until = Math.min(leaf + LEAF, end);
    if (sameBytes(mine.subarray(leaf, until), theirs.subarray(leaf, until))) continue;
    for (let at = leaf; at < until; at += width) {
      for (let byte = at; byte < at + width; byte++) {
        if (mine[byte] === theirs[byte]) continue;
        yield elementAt(tensor, (start + at) / width);
        break;
      }
    }
  }
}

/** Row-major index of the element at a commit offset. */
export function elementAt({ dims, perm }: Tensor, offset: number): number {
  const commit = commitStrides(dims, perm);
  const rowMajor = rowMajorStrides(dims);
  return perm.reduce((element, axis) => element + (Math.floor(offset / commit[axis]) % dims[axis]) * rowMajor[axis], 0);
}

/** Whether the bytes after the end of a tensor's data are zero in this leaf, as they must be. */
export function paddingIsZero(tensor: Tensor, leaf: number, content: Uint8Array): boolean {
  const data = Math.max(0, byteLength(tensor) - leaf * LEAF);
  return content.subarray(data).every((byte) => byte === 0);
}
