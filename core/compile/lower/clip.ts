import type { Lowering } from "./lowering.ts";
import { FLOAT, floatDims, onlyNumber } from "./known.ts";
import { Writer } from "./writer.ts";

/** Since this opset the bounds are inputs, and not attributes. */
const BOUNDS_ARE_INPUTS = 11;
const GREATEST = 3.4028234663852886e38;

/** min(max(x, least), greatest). */
export const clip: Lowering = {
  onnx: { Clip: { since: 1, shapedBy: "shapes" } },
  into: ["Max", "Min"],
  difference: "portable",
  where: `${FLOAT}, its bounds are constants, and the opset 8 or later`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    if (floatDims(inputs[0]) === undefined || opset < 8) return undefined;
    const isInput = opset >= BOUNDS_ARE_INPUTS;
    const least = isInput ? onlyNumber(site, 1, -GREATEST) : attributes.float("min", -GREATEST);
    const greatest = isInput ? onlyNumber(site, 2, GREATEST) : attributes.float("max", GREATEST);
    if (least === undefined || greatest === undefined) return undefined;
    const w = new Writer(site);
    return w.done(w.min(w.max(node.input[0], least), greatest));
  },
};
