import { refuse } from "../faults.ts";
import type { GraphNode } from "../onnx/graphNode.ts";
import { Rule, type Node } from "../program/types.ts";
import { isCanonical } from "../tensor/canonical.ts";
import { BY_NAME } from "./list.ts";
import type { OnnxForm, Operator, OperatorName, Twin } from "./descriptor.ts";
import type { Mapped } from "./reading/mapped.ts";
import { shapeOf } from "./reading/requirements.ts";
import type { OpTwin } from "./twin.ts";

/** An operator for every opcode, under its name: one that is missing is an error of types. */
export type Operators = { readonly [Name in OperatorName]: Operator<Name> };

/** All operators, by their opcodes. */
export const OPERATORS: readonly Operator[] = Object.values<Operator>(BY_NAME satisfies Operators).sort((a, b) => a.opcode - b.opcode);

const BY_OPCODE: ReadonlyMap<number, Operator> = new Map(OPERATORS.map((operator) => [operator.opcode, operator]));

/** The operator with this opcode. */
export function operatorOf(opcode: number): Operator {
  const operator = BY_OPCODE.get(opcode);
  if (operator === undefined) throw new RangeError(`no operator has opcode 0x${opcode.toString(16).padStart(4, "0")}`);
  return operator;
}

/** How elements of a node are judged: as a whole or in pieces, which may depend on its rule. */
export function twinOf({ opcode, rule }: Node): Twin & { readonly name: OperatorName } {
  const operator = operatorOf(opcode);
  const { lanes, name } = operator;
  return rule === Rule.lanes && lanes !== undefined ? { ...lanes, name } : operator;
}

/**
 * Judges an element of a trace as contracts/dispute/OpVerifier.sol does: a value that is not in canonical form is
 * inadmissible whatever the operator makes of it.
 */
export const twin: OpTwin = (node, element, claimed, x) =>
  isCanonical(node.output.dtype, claimed) && operatorOf(node.opcode).admissible(node, element, claimed, x);

/** What is taken of ONNX, by the names of its operators. */
export const FORMS: ReadonlyMap<string, OnnxForm> = new Map(OPERATORS.flatMap(({ onnx }) => Object.entries(onnx)));

/** Names of the ONNX operators that can be taken. */
export const supportedOperators: ReadonlySet<string> = new Set([...FORMS.keys()].sort());

/** What a node of a supported operator becomes in a program; refuses with the reason where it can become nothing. */
export function mapNode(node: GraphNode): Mapped {
  const mapped = FORMS.get(node.op)!.read(node);
  // Only what is read as a parameter may be empty.
  for (const value of mapped.inputs) if (value?.dims.includes(0)) refuse(`"${value.name}" is empty: its shape is ${shapeOf(value.dims)}`);
  return mapped;
}
