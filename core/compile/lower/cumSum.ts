import { sizeOf } from "../../tensor/shape.ts";
import { DType, widthOf } from "../../tensor/dtype.ts";
import { axisOf, constantNumbers, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

const TYPES: readonly number[] = [DType.float32, DType.int32, DType.int64];

/**
 * Sums of all elements up to each, by doubling: after step s an element holds the sum of 2^s elements that end with it, to which that
 * of the 2^s before them is added. Rationale: a product with a triangle of ones would multiply infinities by zero.
 */
export const cumSum: Lowering = {
  onnx: { CumSum: { since: 11, shapedBy: "values" } },
  into: ["Slice", "Concat", "Add", "Identity"],
  difference: "portable",
  where: "its input is float32, int32 or int64, and its axis is a constant",
  rewrite(site) {
    const { node, inputs, attributes } = site;
    const [dims, given] = [wholeDims(inputs[0]), constantNumbers(inputs[1])];
    const axis = dims === undefined || given === undefined ? undefined : axisOf(given[0], dims.length);
    if (dims === undefined || axis === undefined || !TYPES.includes(inputs[0]!.dtype)) return undefined;
    const [isReverse, isExclusive] = [attributes.int("reverse", 0) !== 0, attributes.int("exclusive", 0) !== 0];
    const dtype = inputs[0]!.dtype as DType;
    const length = dims[axis];
    const w = new Writer(site);
    /** The elements moved on by so many places, zeros behind them. */
    const moved = (x: string, by: number): string => {
      const shape = dims.map((dim, i) => (i === axis ? by : dim));
      const zeros = w.keep({ dtype, dims: shape, data: new Uint8Array(sizeOf(shape) * widthOf(dtype)) });
      if (by === length) return zeros;
      return isReverse ? w.concat([w.slice(x, axis, by, length), zeros], axis) : w.concat([zeros, w.slice(x, axis, 0, length - by)], axis);
    };
    let sums = isExclusive ? moved(node.input[0], 1) : node.input[0];
    for (let by = 1; by < length; by *= 2) sums = w.add(sums, moved(sums, by));
    return w.done(length === 1 ? w.of("Identity", [sums]) : sums);
  },
};
