import { constantOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { inPlaceOf, nodeOf, type Lowering } from "./lowering.ts";
import { scalar } from "./scalar.ts";

/** The runtime multiplies the sum by 1/n, rounded to float32: another number than the sum divided by n, for n no power of two. */
export const mean: Lowering = {
  onnx: { Mean: { since: 1, shapedBy: "shapes" } },
  into: ["Sum", "Mul"],
  keeps: "every bit",
  where: "its inputs are float32",
  rewrite({ node, inputs, value, named }) {
    if (inputs.some((x) => x?.dtype !== DType.float32)) return undefined;
    const [sum, share] = [value("sum"), value("share")];
    return {
      nodes: [nodeOf(named("sum"), "Sum", node.input, sum), inPlaceOf(node, "Mul", [sum, share])],
      constants: [constantOf(share, scalar(DType.float32, 1 / inputs.length))],
    };
  },
};
