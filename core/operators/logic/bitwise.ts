import type { OnnxForm } from "../descriptor.ts";
import type { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { integerTypes } from "../reading/requirements.ts";
import { logicFunction, readOperands } from "./logicFunction.ts";

/** A function of the bits of one or two operands of one of these types. */
export const ofBits = (opcode: Opcode, count: 1 | 2, since: number, types: readonly DType[]): OnnxForm => ({
  since,
  shapedBy: "shapes",
  refused: [],
  read: (node) => readOperands(node, opcode, count, types),
});

/** On bools, whose bits are one, and on integers. */
export const bitwise = (name: string, opcode: Opcode, count: 1 | 2): Readonly<Record<string, OnnxForm>> => ({
  [name]: ofBits(opcode, count, 1, [DType.bool]),
  [`Bitwise${name}`]: ofBits(opcode, count, 18, integerTypes),
});

/** What functions of the bits of two operands have in common. */
export const combination = (combine: (a: bigint, b: bigint) => bigint) => ({
  ...logicFunction(2, (claimed, _, [a, b]) => claimed === combine(a, b)),
  types: [DType.bool, ...integerTypes],
});
