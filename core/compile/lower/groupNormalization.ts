import { sizeOf } from "../../tensor/shape.ts";
import type { Lowering } from "./lowering.ts";
import { FLOAT, floatDims } from "./known.ts";
import { perChannel } from "./instanceNormalization.ts";
import { NORMALISED, normalised } from "./normalise.ts";
import { Writer } from "./writer.ts";

/** Since this opset scale and bias are stated for every channel; before, for every group. */
const PER_CHANNEL = 21;

/** (x − m) / √(v + ε) · scale + bias over groups of channels. */
export const groupNormalization: Lowering = {
  onnx: { GroupNormalization: { since: 18, shapedBy: "shapes" } },
  into: NORMALISED,
  isEarly: true,
  difference: "portable",
  where: `${FLOAT}, it computes in float32, and its groups are equally many channels`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const groups = attributes.int("num_groups", 0);
    if (dims === undefined || dims.length < 3 || groups < 1 || dims[1] % groups !== 0 || attributes.int("stash_type", 1) !== 1) return undefined;
    const grouped = [dims[0], groups, sizeOf(dims) / dims[0] / groups];
    const w = new Writer(site);
    const y = normalised(w, w.reshape(node.input[0], dims, grouped), grouped, [2], attributes.float("epsilon", 1e-5));
    if (opset < PER_CHANNEL) return w.doneAs(w.add(w.mul(y, w.shaped(1, [groups, 1])), w.shaped(2, [groups, 1])), dims);
    const shape = perChannel(dims[1], dims.length);
    return w.done(w.add(w.mul(w.reshape(y, grouped, dims), w.shaped(1, shape)), w.shaped(2, shape)));
  },
};
