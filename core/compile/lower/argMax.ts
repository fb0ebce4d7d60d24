import { DType } from "../../tensor/dtype.ts";
import { cast, comparable, COMPARED, comparedAs, greatestAlong, weights } from "./greatest.ts";
import { axisOf, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** The place of the greatest element, or the least: places weigh the more, the further ahead they stand. */
const place = (op: "ArgMax" | "ArgMin"): Lowering => ({
  onnx: { [op]: { since: 1, shapedBy: "shapes" } },
  into: ["Cast", "Mul", "Sub", "ReduceMax", "Less", "Not", "Reshape"],
  difference: "portable",
  where: COMPARED,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const [dims, as] = [wholeDims(inputs[0]), comparedAs(inputs[0], opset)];
    const axis = dims && axisOf(attributes.int("axis", 0), dims.length);
    if (dims === undefined || as === undefined || axis === undefined) return undefined;
    const isLast = attributes.int("select_last_index", 0) !== 0;
    const w = new Writer(site);
    const x = comparable(w, node.input[0], inputs[0]!.dtype, as, op === "ArgMin");
    const { rank } = greatestAlong(w, x, axis, weights(w, dims.length, axis, dims[axis], !isLast));
    const index = isLast ? w.sub(rank, w.integer(DType.int32, 1)) : w.sub(w.integer(DType.int32, dims[axis]), rank);
    const kept = dims.with(axis, 1);
    const shaped = attributes.int("keepdims", 1) === 0 ? w.reshape(index, kept, kept.filter((_, i) => i !== axis)) : index;
    return w.done(cast(w, shaped, DType.int64));
  },
});

export const argMax = place("ArgMax");
export const argMin = place("ArgMin");
