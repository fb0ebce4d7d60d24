import type { Lowering } from "./lowering.ts";
import { axesFrom, FLOAT, floatDims } from "./known.ts";
import { NORMALISED, normalised } from "./normalise.ts";
import { Writer } from "./writer.ts";

/** The shape of a parameter for every channel, as it stands against a value of that rank: channels are its second axis. */
export const perChannel = (channels: number, rank: number): number[] => [channels, ...new Array<number>(rank - 2).fill(1)];

/** (x − m) / √(v + ε) · scale + bias over the map of every channel. */
export const instanceNormalization: Lowering = {
  onnx: { InstanceNormalization: { since: 1, shapedBy: "shapes" } },
  into: NORMALISED,
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const dims = floatDims(site.inputs[0]);
    if (dims === undefined || dims.length < 3) return undefined;
    const shape = perChannel(dims[1], dims.length);
    const w = new Writer(site);
    const y = normalised(w, site.node.input[0], dims, axesFrom(2, dims.length), site.attributes.float("epsilon", 1e-5));
    return w.done(w.add(w.mul(y, w.shaped(1, shape)), w.shaped(2, shape)));
  },
};
