import { DType } from "../../tensor/dtype.ts";
import { inPlaceOf, nodeOf, type Lowering } from "./lowering.ts";

/** Since this opset the runtime compares floating point numbers for equality. */
export const EQUALITY_OF_FLOATS = 11;

const TYPES: readonly number[] = [DType.float32, DType.float64];

/** A NaN is the number that is not equal to itself. */
export const isNaN: Lowering = {
  onnx: { IsNaN: { since: 9, shapedBy: "shapes" } },
  into: ["Equal", "Not"],
  keeps: "every bit",
  where: "its input is float32 or float64, from opset 11 on",
  rewrite({ node, opset, inputs: [x], value, named }) {
    if (x === undefined || !TYPES.includes(x.dtype) || opset < EQUALITY_OF_FLOATS) return undefined;
    const isItself = value("isItself");
    return { nodes: [nodeOf(named("isItself"), "Equal", [node.input[0], node.input[0]], isItself), inPlaceOf(node, "Not", [isItself])] };
  },
};
