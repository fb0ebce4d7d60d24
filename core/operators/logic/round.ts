import { DTypeUnsupported } from "../../math/element.ts";
import { isFloat, sameNumber, toInteger } from "../../math/floatFormat.ts";
import { Opcode } from "../../program/types.ts";
import { integer, remarked, rowAttributes } from "../attributes.ts";
import { defineOperator, type OnnxForm } from "../descriptor.ts";
import { floats } from "./comparison.ts";
import { logicFunction, readOperands } from "./logicFunction.ts";

/** 0 to the nearest integer, ties to even; 1 upwards; −1 downwards. */
const ATTRIBUTES = rowAttributes({ direction: remarked(integer, "0 to the nearest, ties to even; 1 upwards; −1 downwards") });

const rounding = (since: number, direction: number): OnnxForm => ({
  since,
  shapedBy: "shapes",
  refused: [],
  read: (node) => readOperands(node, Opcode.Round, 1, floats, ATTRIBUTES.encode({ direction })),
});

export const round = defineOperator({
  name: "Round",
  opcode: 0x0a13,
  formula: "y = the integer nearest to x, ties to even; or ⌈x⌉",
  onnx: { Round: rounding(11, 0), Ceil: rounding(1, 1) },
  ...logicFunction(1, (claimed, dtype, [a], node) => {
    if (!isFloat(dtype)) throw new DTypeUnsupported(dtype);
    return sameNumber(dtype, claimed, toInteger(dtype, a, ATTRIBUTES.of(node).direction));
  }),
  attributes: ATTRIBUTES,
  types: floats,
});
