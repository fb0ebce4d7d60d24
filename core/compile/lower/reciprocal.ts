import { constantOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { inPlaceOf, type Lowering } from "./lowering.ts";
import { scalar } from "./scalar.ts";

/** The runtime divides, correctly rounded. */
export const reciprocal: Lowering = {
  onnx: { Reciprocal: { since: 1, shapedBy: "shapes" } },
  into: ["Div"],
  keeps: "every bit",
  where: "its input is float32",
  rewrite({ node, inputs: [x], value }) {
    if (x?.dtype !== DType.float32) return undefined;
    const one = value("one");
    return { nodes: [inPlaceOf(node, "Div", [one, node.input[0]])], constants: [constantOf(one, scalar(x.dtype, 1))] };
  },
};
