import type { Node } from "../../program/types.ts";
import { alongAxis, tapsAlong, type Window } from "../../tensor/geometry.ts";
import type { TensorReader } from "../../tensor/reader.ts";
import { commitStrides, sizeOf, unravel } from "../../tensor/shape.ts";
import { run } from "../../tensor/tensorRun.ts";

/**
 * Elements of a tensor that one element of an output is made of: those at base + Σ i[j] · strides[j] in commit order, for
 * 0 <= i[j] < counts[j], the last index running fastest. Twin of contracts/ops/Region.sol, where the derivations stand.
 */
export interface Region {
  readonly base: number;
  readonly counts: readonly number[];
  readonly strides: readonly number[];
  readonly size: number;
}

/** The row's attributes are no window over the tensor's spatial axes. */
class WindowMalformed extends RangeError {
  override readonly name = "WindowMalformed";
  constructor({ attributes }: Node, axes: number) {
    super(`${attributes.length} attributes are no window over an input of ${axes} axes`);
  }
}

/** All elements along some axes, which have length 1 in the output, or are gone. */
export function alongAxes(node: Node, element: number, { tensor: { dims, perm } }: TensorReader, axes: readonly number[]): Region {
  const coords = unravel(element, node.output.dims);
  const strides = commitStrides(dims, perm);
  const others = dims.map((_, a) => a).filter((a) => !axes.includes(a));
  const kept = coords.length === dims.length;
  const base = others.reduce((sum, a, i) => sum + coords[kept ? a : i] * strides[a], 0);
  const counts = axes.map((a) => dims[a]);
  return { base, counts, strides: axes.map((a) => strides[a]), size: sizeOf(counts) };
}

/** The taps of a window that lie in the map. */
export function inWindow(node: Node, element: number, { tensor: { dims, perm } }: TensorReader, window: Window): Region {
  const spatial = dims.length - 2;
  if (node.attributes.length !== 5 * spatial || window.dilations.some((dilation) => dilation <= 0)) throw new WindowMalformed(node, dims.length);
  const strides = commitStrides(dims, perm);
  const [batch, channel, ...position] = unravel(element, node.output.dims);
  const runs = position.map((at, i) => tapsAlong(alongAxis(window, i, dims[i + 2]), at));
  const counts = runs.map(({ count }) => count);
  const base = runs.reduce((sum, { first, count }, i) => (count === 0 ? sum : sum + first * strides[i + 2]), batch * strides[0] + channel * strides[1]);
  return { base, counts, strides: runs.map(({ count }, i) => (count === 0 ? 0 : window.dilations[i] * strides[i + 2])), size: sizeOf(counts) };
}

/** What is read of the region's elements from number `from` to before `until`. */
export const readRegion = <T>({ base, counts, strides }: Region, read: (offset: number) => T, from: number, until: number): T[] =>
  run(read, base, counts, strides, from, until);
