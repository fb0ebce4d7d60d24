import { DType } from "../../tensor/dtype.ts";
import { cast, comparable, COMPARED, comparedAs, comparedBack, greatestAlong, weights } from "./greatest.ts";
import { axisOf, constantNumbers, wholeDims } from "./known.ts";
import type { Lowering, Site } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since this opset k is an input, and elements can be chosen between. */
const K_IS_INPUT = 10;
const HAS_WHERE = 9;

/** Elements are found one by one, in some nodes each. */
const MOST = 128;

const countOf = ({ opset, attributes, inputs }: Site): number | undefined => (opset < K_IS_INPUT ? attributes.int("k", -1) : constantNumbers(inputs[1])?.[0]);

/** The least number of a type. */
const least = (w: Writer, dtype: DType): string | number => (dtype === DType.float32 ? -Infinity : w.keep({ dtype, dims: [], data: leastBytes(dtype) }));

function leastBytes(dtype: DType): Uint8Array {
  const bytes = new Uint8Array(dtype === DType.int64 ? 8 : 4);
  bytes[bytes.length - 1] = 0x80;
  return bytes;
}

/**
 * The greatest element, then the greatest of the others, and so on; of equal ones the first. What was found weighs nothing from then
 * on, and counts as the least number there is.
 */
export const topK: Lowering = {
  onnx: { TopK: { since: 1, shapedBy: "values" } },
  into: ["Cast", "Mul", "Sub", "ReduceMax", "Less", "Not", "Equal", "Where", "Concat", "Identity"],
  difference: "portable",
  where: `k is a constant of at most ${MOST}, and ${COMPARED}`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const [dims, as, k] = [wholeDims(inputs[0]), comparedAs(inputs[0], opset), countOf(site)];
    const axis = dims && axisOf(attributes.int("axis", -1), dims.length);
    if (dims === undefined || as === undefined || axis === undefined || k === undefined || opset < HAS_WHERE) return undefined;
    if (k < 1 || k > Math.min(MOST, dims[axis])) return undefined;
    const isLeast = attributes.int("largest", 1) === 0;
    const w = new Writer(site);
    let x = comparable(w, node.input[0], inputs[0]!.dtype, as, isLeast);
    let weight = weights(w, dims.length, axis, dims[axis], true);
    const [lowest, nothing] = [least(w, as), w.integer(DType.int32, 0)];
    const [values, ranks]: [string[], string[]] = [[], []];
    for (let i = 0; i < k; i++) {
      const { value, rank } = greatestAlong(w, x, axis, weight);
      values.push(value);
      ranks.push(rank);
      if (i === k - 1) break;
      const found = w.of("Equal", [weight, rank]);
      x = w.of("Where", [found, lowest, x]);
      weight = w.of("Where", [found, nothing, weight]);
    }
    const value = comparedBack(w, w.concat(values, axis), inputs[0]!.dtype, as, isLeast);
    return w.doneOf([value, cast(w, w.sub(w.integer(DType.int32, dims[axis]), w.concat(ranks, axis)), DType.int64)]);
  },
};
