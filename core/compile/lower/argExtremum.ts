import { DType } from "../../tensor/dtype.ts";
import { axisOf, FLOAT, floatDims } from "./known.ts";
import { integerAttribute, type Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since this opset there is a Where. */
const CHOOSES = 9;
/** Places that float32 counts. */
const MOST = 2 ** 24;

/**
 * Where the greatest element along an axis stands, the first of equal ones, or the last: every element that is not below the greatest
 * counts for how early it stands, all others for nothing, and the greatest of these counts says where.
 */
const argExtremum = (op: "ArgMax" | "ArgMin", sign: 1 | -1): Lowering => ({
  onnx: { [op]: { since: 1, shapedBy: "shapes" } },
  into: ["Mul", "ReduceMax", "Less", "Where", "Sub", "Cast", "Reshape"],
  keeps: "every bit",
  where: `${FLOAT}, and the opset ${CHOOSES} or later`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const axis = dims && axisOf(attributes.int("axis", 0), dims.length);
    if (dims === undefined || axis === undefined || opset < CHOOSES || dims[axis] >= MOST) return undefined;
    const n = dims[axis];
    const isLast = attributes.int("select_last_index", 0) !== 0;
    const w = new Writer(site);
    const x = sign === 1 ? node.input[0] : w.mul(node.input[0], -1);
    const counts = w.constant([n, ...dims.slice(axis + 1).fill(1)], Float32Array.from({ length: n }, (_, i) => (isLast ? i + 1 : n - i)));
    const greatest = w.greatest(w.of("Where", [w.of("Less", [x, w.greatest(x, [axis])]), 0, counts]), [axis]);
    const place = w.of("Cast", [isLast ? w.sub(greatest, 1) : w.sub(n, greatest)], [integerAttribute("to", DType.int64)]);
    if (attributes.int("keepdims", 1) !== 0) return w.done(place);
    return w.doneAs(place, [...dims.slice(0, axis), ...dims.slice(axis + 1)]);
  },
});

export const argMax = argExtremum("ArgMax", 1);
export const argMin = argExtremum("ArgMin", -1);
