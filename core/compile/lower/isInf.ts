import { constantOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { EQUALITY_OF_FLOATS } from "./isNaN.ts";
import { inPlaceOf, nodeOf, type Lowering } from "./lowering.ts";
import { scalar } from "./scalar.ts";

const TYPES: readonly number[] = [DType.float32, DType.float64];

/** Equal to one of the infinities that are looked for; where none is, equal to a NaN, which nothing is. */
export const isInf: Lowering = {
  onnx: { IsInf: { since: 10, shapedBy: "shapes" } },
  into: ["Equal", "Or"],
  keeps: "every bit",
  where: "its input is float32 or float64, from opset 11 on",
  rewrite({ node, opset, attributes, inputs: [x], value, named }) {
    if (x === undefined || !TYPES.includes(x.dtype) || opset < EQUALITY_OF_FLOATS) return undefined;
    const infinities = [
      ...(attributes.int("detect_positive", 1) === 0 ? [] : [Infinity]),
      ...(attributes.int("detect_negative", 1) === 0 ? [] : [-Infinity]),
    ];
    const sought = infinities.length === 0 ? [NaN] : infinities;
    const names = sought.map(() => value("infinity"));
    const constants = names.map((name, i) => constantOf(name, scalar(x.dtype, sought[i])));
    if (names.length === 1) return { nodes: [inPlaceOf(node, "Equal", [node.input[0], names[0]])], constants };
    const parts = names.map((name) => {
      const isIt = value("isIt");
      return nodeOf(named("isIt"), "Equal", [node.input[0], name], isIt);
    });
    return { nodes: [...parts, inPlaceOf(node, "Or", parts.map(({ output }) => output[0]))], constants };
  },
};
