import { numbersOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { inPlaceOf, nodeOf, type Known, type Lowering } from "./lowering.ts";

const TYPES: readonly number[] = [DType.float32, DType.int32, DType.int64];

/**
 * The one exponent of all elements, where the runtime multiplies instead of taking a power: it must be known, must not add axes to
 * the result, and stand against a run of several bases, for of a single pair the runtime takes the power.
 */
function commonExponent(base: Known, { constant }: Known): number | undefined {
  if (constant === undefined || !TYPES.includes(constant.dtype) || sizeOf(constant.dims) !== 1) return undefined;
  const inner = base.dims.at(-1);
  if (typeof inner !== "number" || inner < 2 || constant.dims.length > base.dims.length) return undefined;
  return numbersOf(constant)[0];
}

/** Squares and cubes, which the runtime computes as x · x and (x · x) · x. */
export const pow: Lowering = {
  onnx: { Pow: { since: 1, shapedBy: "shapes", only: "with the exponent 2 or 3" } },
  into: ["Mul"],
  keeps: "every bit",
  where: "its base is float32, int32 or int64 with a last axis longer than 1, and its exponent one constant, 2 or 3",
  rewrite({ node, inputs: [base, exponent], value, named }) {
    if (base === undefined || exponent === undefined || !TYPES.includes(base.dtype)) return undefined;
    const [x] = node.input;
    switch (commonExponent(base, exponent)) {
      case 2:
        return { nodes: [inPlaceOf(node, "Mul", [x, x])] };
      case 3: {
        const square = value("square");
        return { nodes: [nodeOf(named("square"), "Mul", [x, x], square), inPlaceOf(node, "Mul", [square, x])] };
      }
      default:
        return undefined;
    }
  },
};
