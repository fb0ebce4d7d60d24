import { toInt } from "../../math/element.ts";
import { isFloat, isNaNIn, orderOf } from "../../math/floatFormat.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Rule, type Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { broadcast, checkOutput, integerTypes, maxInputs, required, typed } from "../reading/requirements.ts";
import { logicFunction } from "./logicFunction.ts";

/** Types whose numbers are in order. */
export const ordered: readonly DType[] = [DType.float32, DType.float64, DType.float16, ...integerTypes];

/** A function of two operands of one of these types, which are broadcast; its result is a bool. */
export const readComparison =
  (opcode: Opcode, types: readonly DType[], order: "as they stand" | "the second first" = "as they stand") =>
  (node: GraphNode): Mapped => {
    maxInputs(node, 2);
    const a = typed(required(node, 0), ...types);
    const b = typed(required(node, 1), a.dtype);
    node.attributes.refuseOthers();
    checkOutput(node, broadcast(a.dims, b.dims));
    return elementwise(opcode, Rule.equal, order === "as they stand" ? [a, b] : [b, a]);
  };

/** Comparisons have one of two results. @param holds given the order of both; of a NaN nothing holds */
export const comparison = (holds: (a: bigint, b: bigint) => boolean) => ({
  ...logicFunction(2, (claimed, dtype, [a, b]) => claimed === (compare(dtype, a, b, holds) ? 1n : 0n)),
  inputs: ["A", "B"],
  types: [DType.bool],
});

function compare(dtype: DType, a: bigint, b: bigint, holds: (a: bigint, b: bigint) => boolean): boolean {
  if (!isFloat(dtype)) return holds(toInt(dtype, a), toInt(dtype, b));
  return !isNaNIn(dtype, a) && !isNaNIn(dtype, b) && holds(orderOf(dtype, a), orderOf(dtype, b));
}
