import { constantOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { inPlaceOf, type Lowering } from "./lowering.ts";
import { scalar } from "./scalar.ts";

/** Types that both have a kernel for; the least integer is its own negative, and so is its wrapped product. */
const TYPES: readonly number[] = [DType.float32, DType.float64, DType.int8, DType.int16, DType.int32, DType.int64];

/** Negation as a product: unlike 0 − x, (−1) · x turns the sign of a zero, which a quotient further down shows. */
export const neg: Lowering = {
  onnx: { Neg: { since: 1, shapedBy: "shapes" } },
  into: ["Mul"],
  keeps: "every bit",
  where: "its input is float32, float64 or signed",
  rewrite({ node, inputs: [x], value }) {
    if (x === undefined || !TYPES.includes(x.dtype)) return undefined;
    const minusOne = value("minusOne");
    return { nodes: [inPlaceOf(node, "Mul", [node.input[0], minusOne])], constants: [constantOf(minusOne, scalar(x.dtype, -1))] };
  },
};
