import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { filledWith } from "./combining.ts";
import { constantNumbers, floatDims, wholeDims } from "./known.ts";
import type { Lowering, Site } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** The shape that is stated, or that of the map which the pool was made of, without what its padding and its strides left out. */
function shapeOf({ attributes, inputs, node }: Site, dims: readonly number[]): readonly number[] | undefined {
  if ((node.input[2] ?? "") !== "") return constantNumbers(inputs[2]);
  const kernel = attributes.ints("kernel_shape");
  const [strides, pads] = [attributes.ints("strides") ?? kernel?.map(() => 1), attributes.ints("pads") ?? kernel?.flatMap(() => [0, 0])];
  if (kernel?.length !== dims.length - 2 || strides?.length !== kernel.length || pads?.length !== 2 * kernel.length) return undefined;
  return [...dims.slice(0, 2), ...dims.slice(2).map((size, k) => (size - 1) * strides[k] + kernel[k] - pads[k] - pads[k + kernel.length])];
}

/** Elements put back among zeros, where the indices say that they stood: the place in the whole value. */
export const maxUnpool: Lowering = {
  onnx: { MaxUnpool: { since: 11, shapedBy: "values" } },
  into: ["Reshape", "ScatterElements", "Concat", "Gather"],
  keeps: "every bit",
  where: "its input is float32, and the shape of its output, where it is stated, a constant",
  rewrite(site) {
    const { node, inputs } = site;
    const [dims, places] = [floatDims(inputs[0]), wholeDims(inputs[1])];
    const shape = dims && shapeOf(site, dims);
    if (dims === undefined || shape === undefined || String(places) !== String(dims) || shape.some((size) => !(size > 0))) return undefined;
    const w = new Writer(site);
    const [count, size] = [sizeOf(dims), sizeOf(shape)];
    const zeros = w.keep(filledWith("zero", DType.float32, [size]));
    const [values, at] = [node.input[0], node.input[1]].map((x) => w.reshape(x, dims, [count]));
    return w.doneAs(w.of("ScatterElements", [zeros, at, values]), shape);
  },
};
