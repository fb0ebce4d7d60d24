import { requireAtMost } from "../../math/length.ts";
import { leavesAtMost, lineLeavesAtMost, lineUp } from "../../merkle/cover.ts";
import type { Node } from "../../program/types.ts";
import { widthOf } from "../../tensor/dtype.ts";
import type { TensorReader } from "../../tensor/reader.ts";
import { commitStrides, sizeOf } from "../../tensor/shape.ts";
import { run } from "../../tensor/tensorRun.ts";
import type { Demand } from "../twin.ts";

/**
 * Twin of contracts/ops/TensorRow.sol: the elements along the axes from `start` to before `end` through the one at these
 * coordinates, and its own place among them.
 */
export function rowThrough(x: TensorReader, coords: readonly number[], start: number, end: number, most: number): [number[], number] {
  const { dims, perm } = x.tensor;
  const strides = commitStrides(dims, perm);
  const inside = (a: number): boolean => a >= start && a < end;
  const base = coords.reduce((sum, c, a) => (inside(a) ? sum : sum + c * strides[a]), 0);
  const j = coords.reduce((index, c, a) => (inside(a) ? index * dims[a] + c : index), 0);
  const axes = dims.slice(start, end);
  const n = sizeOf(axes);
  requireAtMost(most, n);
  return [run((offset) => x.u32(offset), base, axes, strides.slice(start, end), 0, n), j];
}

/** All elements along these axes of the first input are read, line by line, and one of each other input. */
export function rowDemand({ inputs, output }: Node, start: number, end: number, gas: (elements: number) => number): Demand {
  const strides = commitStrides(inputs[0]!.dims, inputs[0]!.perm);
  const axes = lineUp(output.dims.map((count, a) => ({ count, stride: strides[a] })).slice(start, end));
  const elements = sizeOf(axes.map(({ count }) => count));
  const width = widthOf(output.dtype);
  const lines = lineLeavesAtMost(axes, width);
  const searches = leavesAtMost(axes, width) === 1 ? 1 : lines;
  const reads = inputs.map((_, i) => (i === 0 ? axes : []));
  return { reads, work: { gas: gas(elements), runLines: lines, runSteps: lines * axes.length, searches, words: elements } };
}
