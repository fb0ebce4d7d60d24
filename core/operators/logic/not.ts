import { DTypeUnsupported, fromInt } from "../../math/element.ts";
import { isFloat } from "../../math/floatFormat.ts";
import { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator } from "../descriptor.ts";
import { integerTypes } from "../reading/requirements.ts";
import { bitwise } from "./bitwise.ts";
import { logicFunction } from "./logicFunction.ts";

export const not = defineOperator({
  name: "Not",
  opcode: 0x0a11,
  formula: "y = ¬x; bit by bit of integers",
  onnx: bitwise("Not", Opcode.Not, 1),
  ...logicFunction(1, (claimed, dtype, [a]) => {
    if (isFloat(dtype)) throw new DTypeUnsupported(dtype);
    return claimed === (a ^ (dtype === DType.bool ? 1n : fromInt(dtype, -1n)));
  }),
  types: [DType.bool, ...integerTypes],
});
