import type { Footprint } from "../tensor/footprint.ts";
import { LEAF } from "./tensorTree.ts";

/**
 * Blocks of `block` bytes that a footprint touches at most, wherever in the tensor it lies.
 *
 * Take the axes by their strides, the shortest first. What the axes so far span is a set of bytes; a further axis makes
 * `count` copies of it. Copies touch at most `count` times what one touches wherever that lies; and as all lies between the
 * first byte and the last, at most as many blocks as an interval of that length can. Elements do not straddle blocks, so an
 * interval of s bytes of elements of w bytes touches at most ⌈(s − w) / block⌉ + 1.
 */
export function blocksAtMost(footprint: Footprint, width: number, block: number): number {
  let blocks = 1;
  let span = width;
  for (const { count, stride } of footprint.toSorted((a, b) => a.stride - b.stride)) {
    span += (count - 1) * stride * width;
    blocks = Math.min(blocks * count, Math.ceil((span - width) / block) + 1);
  }
  return blocks;
}

/** Leaves that a footprint touches at most. */
export const leavesAtMost = (footprint: Footprint, width: number): number => blocksAtMost(footprint, width, LEAF);

/**
 * Hashes beside those leaves at most, in a tree of that depth.
 *
 * With k_h nodes of height h above the opened leaves there are 2·k_{h+1} − k_h hashes of height h beside them, so in all
 *
 *     Σ (2·k_{h+1} − k_h), 0 ≤ h < d   =   2·k_d − k_0 + Σ k_h, 1 ≤ h < d   ≤   2 + Σ k_h, 2 ≤ h < d
 *
 * as k_d = 1 and k_1 ≤ k_0. A node of height h stands for a block of 2^h leaves.
 */
export function siblingsAtMost(footprint: Footprint, width: number, depth: number): number {
  if (depth < 2) return depth;
  let count = 2;
  for (let h = 2; h < depth; h++) count += blocksAtMost(footprint, width, LEAF * 2 ** h);
  return count;
}

/**
 * The same footprint with as few axes as it takes: innermost axes of which each, run to its end, meets the next step of the
 * one outside it are one line (contracts/ops/Axes.sol).
 */
export function lineUp(footprint: Footprint): Footprint {
  const axes = footprint.filter(({ count }) => count !== 1);
  while (axes.length > 1) {
    const [outer, inner] = axes.slice(-2);
    if (outer.stride !== inner.count * inner.stride) break;
    axes.splice(-2, 2, { count: outer.count * inner.count, stride: inner.stride });
  }
  return axes;
}

/**
 * Leaves that the lines along the last axis touch at most, each line counted by itself: as often does the place of the next
 * element have to be looked for, when all are read in order.
 */
export function lineLeavesAtMost(footprint: Footprint, width: number): number {
  const lines = footprint.slice(0, -1).reduce((n, { count }) => n * count, 1);
  return lines * leavesAtMost(footprint.slice(-1), width);
}
