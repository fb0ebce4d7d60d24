import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { cast, greatestAlong, weights } from "./greatest.ts";
import { axisOf, FLOAT, floatDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since this opset it works along one axis; before, along all from one on. */
const ALONG_ONE_AXIS = 13;

/** One where the greatest element stands first, zero elsewhere. */
export const hardmax: Lowering = {
  onnx: { Hardmax: { since: 1, shapedBy: "shapes" } },
  into: ["Cast", "Mul", "ReduceMax", "Less", "Not", "Equal", "Reshape"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const given = floatDims(inputs[0]);
    const isWhole = opset < ALONG_ONE_AXIS;
    const axis = given && axisOf(attributes.int("axis", isWhole ? 1 : -1), given.length);
    if (given === undefined || axis === undefined) return undefined;
    const w = new Writer(site);
    const dims = isWhole ? [sizeOf(given.slice(0, axis)), sizeOf(given.slice(axis))] : given;
    const along = isWhole ? 1 : axis;
    const x = w.reshape(node.input[0], given, dims);
    const { ranks, rank } = greatestAlong(w, x, along, weights(w, dims.length, along, dims[along], true));
    const y = cast(w, w.of("Equal", [ranks, rank]), DType.float32);
    return isWhole && String(dims) !== String(given) ? w.doneAs(y, given) : w.done(y);
  },
};
