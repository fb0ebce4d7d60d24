import { fromInt, same, toInt } from "../../math/element.ts";
import { isFloat, signOf } from "../../math/floatFormat.ts";
import { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator } from "../descriptor.ts";
import { integerTypes } from "../reading/requirements.ts";
import { ofBits } from "./bitwise.ts";
import { logicFunction } from "./logicFunction.ts";

/** −1, 0 or 1, as an integer of the type. */
function signOfInteger(dtype: DType, a: bigint): bigint {
  const value = toInt(dtype, a);
  return value < 0n ? fromInt(dtype, -1n) : value === 0n ? 0n : 1n;
}

/** Of a NaN of 16 bits the runtime gives 0, of others NaN: they have no common rule. */
const TYPES = [DType.float32, DType.float64, ...integerTypes] as const;

export const sign = defineOperator({
  name: "Sign",
  opcode: 0x0a12,
  formula: "y = −1, 0 or 1; a NaN stays",
  onnx: { Sign: ofBits(Opcode.Sign, 1, 9, TYPES) },
  ...logicFunction(1, (claimed, dtype, [a]) => same(dtype, claimed, isFloat(dtype) ? signOf(dtype, a) : signOfInteger(dtype, a))),
  types: TYPES,
});
