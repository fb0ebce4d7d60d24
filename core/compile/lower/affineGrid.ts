import { sizeOf, unravel } from "../../tensor/shape.ts";
import { constantNumbers, floatDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Middles of the places on an axis, between −1 and 1: from the first one's to the last one's, or within the ends. */
function middles(length: number, alignsCorners: boolean): number[] {
  const { fround } = Math;
  const [first, step] = alignsCorners ? [-1, length === 1 ? 0 : fround(2 / (length - 1))] : [fround(-1 + fround(1 / length)), fround(2 / length)];
  return Array.from({ length }, (_, i) => fround(first + fround(i * step)));
}

/** Every place of a map, with a one behind its coordinates, times the matrix: the last axis comes first among the coordinates. */
export const affineGrid: Lowering = {
  onnx: { AffineGrid: { since: 20, shapedBy: "values" } },
  into: ["Transpose", "MatMul", "Reshape"],
  difference: "portable",
  where: "its matrices are float32, and its size is a constant",
  rewrite(site) {
    const { node, inputs, attributes } = site;
    const [dims, size] = [floatDims(inputs[0]), constantNumbers(inputs[1])];
    const map = size?.slice(2);
    if (dims?.length !== 3 || map === undefined || map.length !== dims[1] || dims[2] !== map.length + 1 || map.some((length) => length < 1)) return undefined;
    const axes = map.map((length) => middles(length, attributes.int("align_corners", 0) !== 0));
    const places = sizeOf(map);
    const points = Float32Array.from(Array.from({ length: places }, (_, i) => [...unravel(i, map).map((at, k) => axes[k][at]).reverse(), 1]).flat());
    const w = new Writer(site);
    const grid = w.of("MatMul", [w.constant([places, map.length + 1], points), w.transpose(node.input[0], [0, 2, 1])]);
    return w.doneAs(grid, [dims[0], ...map, map.length]);
  },
};
