import { DType } from "../../tensor/dtype.ts";
import { filledWith } from "./combining.ts";
import { axisOf, constantNumbers, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

const TYPES: readonly number[] = [DType.float32, DType.int32, DType.int64];

/** Factors of an element, at most: each takes a node or two. */
const MOST = 256;

/** Products of all elements up to each, one after the other, as the runtime multiplies. */
export const cumProd: Lowering = {
  onnx: { CumProd: { since: 26, shapedBy: "values" } },
  into: ["Slice", "Mul", "Concat", "Identity"],
  keeps: "every bit",
  where: `its input is float32, int32 or int64, and its axis a constant along which at most ${MOST} elements stand`,
  rewrite(site) {
    const { node, inputs, attributes } = site;
    const [dims, given] = [wholeDims(inputs[0]), constantNumbers(inputs[1])];
    const axis = dims === undefined || given === undefined ? undefined : axisOf(given[0], dims.length);
    if (dims === undefined || axis === undefined || dims[axis] > MOST || !TYPES.includes(inputs[0]!.dtype)) return undefined;
    const [isReverse, isExclusive] = [attributes.int("reverse", 0) !== 0, attributes.int("exclusive", 0) !== 0];
    const length = dims[axis];
    const w = new Writer(site);
    const factor = (i: number): string => {
      const place = isReverse ? length - 1 - i : i;
      return length === 1 ? node.input[0] : w.slice(node.input[0], axis, place, place + 1);
    };
    const products = [isExclusive ? w.keep(filledWith("Mul", inputs[0]!.dtype as DType, dims.with(axis, 1))) : factor(0)];
    for (let i = 1; i < length; i++) products.push(isExclusive && i === 1 ? factor(0) : w.mul(products[i - 1], factor(isExclusive ? i - 1 : i)));
    return w.done(length === 1 ? w.of("Identity", products) : w.concat(isReverse ? products.toReversed() : products, axis));
  },
};
