import { numbersOf } from "../../onnx/tensor.ts";
import type { Lowering, Site } from "./lowering.ts";
import { FLOAT, floatDims, hasOneResult } from "./known.ts";
import { perChannel } from "./instanceNormalization.ts";
import { Writer } from "./writer.ts";

/** Slope and height of every channel, computed in float64; undefined where a parameter is computed, or one of them is not finite. */
function folded({ inputs }: Site, epsilon: number): { slope: Float32Array; height: Float32Array } | undefined {
  const parameters = inputs.slice(1, 5).map((known) => known?.constant);
  if (parameters.length < 4 || parameters.includes(undefined)) return undefined;
  const [scale, bias, means, variances] = parameters.map((constant) => numbersOf(constant!));
  const slope = Float32Array.from(scale, (s, c) => s / Math.sqrt(variances[c] + epsilon));
  const height = Float32Array.from(bias, (b, c) => b - means[c] * slope[c]);
  return [...slope, ...height].every(Number.isFinite) ? { slope, height } : undefined;
}

/** x · s + h with s = scale/√(v + ε) and h = bias − m·s. */
export const batchNormalization: Lowering = {
  onnx: { BatchNormalization: { since: 1, shapedBy: "shapes" } },
  into: ["Mul", "Add", "Sub", "Sqrt", "Div", "Reshape"],
  difference: "portable",
  where: `${FLOAT}, and it normalises by its parameters, channel by channel`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const isTrained = attributes.int("training_mode", 0) !== 0 || !hasOneResult(site);
    if (dims === undefined || dims.length < 2 || isTrained || attributes.int("spatial", 1) !== 1) return undefined;
    if (inputs.slice(1, 5).some((known) => String(floatDims(known)) !== String(dims[1]))) return undefined;
    const epsilon = attributes.float("epsilon", 1e-5);
    const shape = perChannel(dims[1], dims.length);
    const w = new Writer(site);
    const constants = folded(site, epsilon);
    if (constants !== undefined) {
      const { slope, height } = constants;
      return w.done(w.add(w.mul(node.input[0], w.constant(shape, slope)), w.constant(shape, height)));
    }
    const slope = w.div(w.shaped(1, shape), w.sqrt(w.add(w.shaped(4, shape), epsilon)));
    const height = w.sub(w.shaped(2, shape), w.mul(w.shaped(3, shape), slope));
    return w.done(w.add(w.mul(node.input[0], slope), height));
  },
};
