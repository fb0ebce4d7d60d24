import { floatOf, isNaNBits, isZeroBits, sameFloatBits } from "../../math/float32.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { defineOperator, type Slope } from "../descriptor.ts";
import { float, integerTypes } from "../reading/requirements.ts";
import { elementFunction, readUnary, UNARY } from "./elementFunction.ts";

const back: Slope = ({ output }, outer, into) => {
  const x = into(0);
  if (x) outer.forEach((g, i) => (x[i] += output[i] > 0 ? g : 0));
};

export const relu = defineOperator({
  name: "Relu",
  opcode: 0x0561,
  formula: "y = max(x, 0)",
  onnx: { Relu: { since: 1, shapedBy: "shapes", refused: [], read: readUnary(Opcode.Relu, Rule.equal, float, ...integerTypes) } },
  ...UNARY,
  types: [float, ...integerTypes],
  ...elementFunction(
    1,
    // INVARIANT: the maximum of a NaN and 0 is one of the two, which depends on the processor.
    (claimed, a) => (isNaNBits(a) ? isNaNBits(claimed) || isZeroBits(claimed) : sameFloatBits(claimed, floatOf(a) < 0 ? 0 : a)),
    { integer: (a) => (a < 0n ? 0n : a) },
  ),
  slope: { follows: "all", back },
});
