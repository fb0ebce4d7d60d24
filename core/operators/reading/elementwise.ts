import type { Value } from "../../onnx/graphNode.ts";
import type { Opcode, Rule } from "../../program/types.ts";
import type { Mapped } from "./mapped.ts";

/** A row without attributes that reads one element of every input. */
export const elementwise = (opcode: Opcode, rule: Rule, inputs: readonly Value[]): Mapped => ({
  opcode,
  attributes: [],
  inputs,
  rules: [rule],
  reads: inputs.map(() => undefined),
});
