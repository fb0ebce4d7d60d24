import { lineUp } from "../../merkle/cover.ts";
import type { Node } from "../../program/types.ts";
import type { TensorReader } from "../../tensor/reader.ts";
import { commitOffset, commitStrides } from "../../tensor/shape.ts";
import { alongAxes, readRegion, type Region } from "../accumulation/region.ts";
import type { Mapped } from "../reading/mapped.ts";
import type { Range } from "../reduction.ts";
import { reduction } from "../slack/groups.ts";
import type { Work } from "../work.ts";

/** The numbers along some axes through an element, as one pass or several go over them: position p is number p mod n. */
export interface Row {
  readonly region: Region;
  readonly reader: TensorReader;
  /** Bits of the element's own number. */
  readonly own: number;
}

/** Twin of contracts/ops/LaneRow.sol. The element's own number is read by every piece. */
export function rowOf(node: Node, element: number, reader: TensorReader, axes: readonly number[]): Row {
  return { region: alongAxes(node, element, reader, axes), reader, own: reader.u32(commitOffset(reader.tensor, element)) };
}

const known = new WeakMap<Mapped, ReturnType<typeof reduction>>();

/** The rows along some axes that a node reads. Rationale: a host is tried on a node with many operands. */
export function rowsOf(mapped: Mapped, axes: readonly number[]): ReturnType<typeof reduction> {
  const rows = known.get(mapped) ?? reduction(mapped.inputs[0]!.dims, axes);
  known.set(mapped, rows);
  return rows;
}

/** What positions of a pass lie in a range: numbers of the row. */
export function inPass(pass: number, n: number, { from, until }: Range): Range {
  const within = (position: number): number => Math.min(n, Math.max(0, position - pass * n));
  return { from: within(from), until: within(until) };
}

/** Bits of the numbers of a row that a pass goes over. */
export const numbersOf = ({ region, reader }: Row, { from, until }: Range): number[] =>
  readRegion(region, (offset) => reader.u32(offset), from, until);

/** What it takes to read the numbers of these ranges of a row. */
export function readingOf(node: Node, axes: readonly number[], ranges: readonly Range[]): Work {
  const { dims, perm } = node.inputs[0]!;
  const strides = commitStrides(dims, perm);
  const lined = lineUp(axes.map((a) => ({ count: dims[a], stride: strides[a] })));
  const counts = ranges.map(({ from, until }) => until - from);
  const lines = counts.reduce((sum, count) => sum + (count === 0 ? 0 : 2 + Math.floor(count / (lined.at(-1)?.count ?? 1))), 0);
  return { runLines: lines, runSteps: lines * lined.length, searches: 1, words: counts.reduce((a, b) => a + b, 0) };
}
