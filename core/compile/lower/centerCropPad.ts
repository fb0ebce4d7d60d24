import { sizeOf } from "../../tensor/shape.ts";
import { widthOf } from "../../tensor/dtype.ts";
import { axisOf, constantNumbers, typeOf, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** The middle of every axis, or zeros around it. */
export const centerCropPad: Lowering = {
  onnx: { CenterCropPad: { since: 18, shapedBy: "values" } },
  isEarly: true,
  into: ["Slice", "Concat", "Identity"],
  keeps: "every bit",
  where: "its shape is a constant",
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [before, shape, dtype] = [wholeDims(inputs[0]), constantNumbers(inputs[1]), typeOf(inputs[0])];
    if (before === undefined || shape === undefined || dtype === undefined) return undefined;
    const axes = (attributes.ints("axes") ?? before.map((_, axis) => axis)).map((axis) => axisOf(axis, before.length));
    if (axes.length !== shape.length || axes.includes(undefined) || shape.some((size) => size < 1)) return undefined;
    const w = new Writer(site);
    let [x, dims] = [node.input[0], before];
    for (const [i, axis] of axes.entries()) {
      const [from, to] = [dims[axis!], shape[i]];
      const sized = (size: number): number[] => dims.map((dim, k) => (k === axis ? size : dim));
      const zeros = (size: number): string[] => (size === 0 ? [] : [w.keep({ dtype, dims: sized(size), data: new Uint8Array(sizeOf(sized(size)) * widthOf(dtype)) })]);
      const first = Math.floor(Math.abs(to - from) / 2);
      if (to < from) x = w.slice(x, axis!, first, first + to);
      if (to > from) x = w.concat([...zeros(first), x, ...zeros(to - from - first)], axis!);
      dims = sized(to);
    }
    return w.done(x === node.input[0] ? w.of("Identity", [x]) : x);
  },
};
