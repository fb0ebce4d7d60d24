import { toInt } from "../../math/element.ts";
import { isFloat, isNaNIn, orderOf } from "../../math/floatFormat.ts";
import type { OnnxForm } from "../descriptor.ts";
import type { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { integerTypes } from "../reading/requirements.ts";
import { logicFunction, readOperands } from "./logicFunction.ts";

/** Types of floating point numbers. */
export const floats = [DType.float32, DType.float64, DType.float16] as const;

/** Types whose numbers are in order. */
export const ordered = [...floats, ...integerTypes] as const;

/** A comparison of two operands of one of these types; its result is a bool. @param swapped whether the row has the second one first */
export const comparing = (opcode: Opcode, since: number, types: readonly DType[], swapped = false): OnnxForm => ({
  since,
  shapedBy: "shapes",
  refused: [],
  read(node) {
    const mapped = readOperands(node, opcode, 2, types);
    return swapped ? { ...mapped, inputs: mapped.inputs.toReversed() } : mapped;
  },
});

/** Comparisons have one of two results. @param holds given what orders both; with a NaN nothing holds */
export const comparison = (holds: (a: bigint, b: bigint) => boolean) => ({
  ...logicFunction(2, (claimed, dtype, [a, b]) => claimed === (compare(dtype, a, b, holds) ? 1n : 0n)),
  types: [DType.bool],
});

function compare(dtype: DType, a: bigint, b: bigint, holds: (a: bigint, b: bigint) => boolean): boolean {
  if (!isFloat(dtype)) return holds(toInt(dtype, a), toInt(dtype, b));
  return !isNaNIn(dtype, a) && !isNaNIn(dtype, b) && holds(orderOf(dtype, a), orderOf(dtype, b));
}
