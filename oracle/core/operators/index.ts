import { isCanonical } from "../tensor/canonical.ts";
import { Opcode, type Node } from "../program/types.ts";
import { admissible as add } from "./add.ts";
import { admissible as batchNormalization } from "./batchNormalization.ts";
import * as conv from "./conv.ts";
import { admissible as dequantizeLinear } from "./dequantizeLinear.ts";
import { admissible as div } from "./div.ts";
import * as gemm from "./gemm.ts";
import * as matMul from "./matMul.ts";
import * as maxPool from "./maxPool.ts";
import { admissible as mul } from "./mul.ts";
import * as qLinearConv from "./qLinearConv.ts";
import * as qLinearMatMul from "./qLinearMatMul.ts";
import { admissible as quantizeLinear } from "./quantizeLinear.ts";
import * as reduceMean from "./reduceMean.ts";
import { admissible as relu } from "./relu.ts";
import { admissible as reshape } from "./reshape.ts";
import * as softmax from "./softmax.ts";
import { admissible as sub } from "./sub.ts";
import { admissible as transpose } from "./transpose.ts";
import type { Demand, OpTwin, Reduction } from "./twin.ts";

/** An operator as the oracle judges it: its contract's name and its twin; and in pieces, or what it takes as a whole. */
export type Operator = { readonly name: string; readonly admissible: OpTwin } & (
  | { readonly reduction: Reduction; readonly demand?: undefined }
  | { readonly reduction?: undefined; readonly demand: (node: Node) => Demand }
);

/** One element of every input, and no work worth counting. */
const demand = ({ inputs }: Node): Demand => ({ reads: inputs.map(() => []), work: {} });

/** Opcode → operator. */
export const OPERATORS: ReadonlyMap<number, Operator> = new Map<number, Operator>([
  [Opcode.Conv, { name: "Conv", ...conv }],
  [Opcode.Gemm, { name: "Gemm", ...gemm }],
  [Opcode.MatMul, { name: "MatMul", ...matMul }],
  [Opcode.QLinearConv, { name: "QLinearConv", ...qLinearConv }],
  [Opcode.QLinearMatMul, { name: "QLinearMatMul", ...qLinearMatMul }],
  [Opcode.Reshape, { name: "Reshape", admissible: reshape, demand }],
  [Opcode.Transpose, { name: "Transpose", admissible: transpose, demand }],
  [Opcode.Relu, { name: "Relu", admissible: relu, demand }],
  [Opcode.MaxPool, { name: "MaxPool", ...maxPool }],
  [Opcode.QuantizeLinear, { name: "QuantizeLinear", admissible: quantizeLinear, demand }],
  [Opcode.DequantizeLinear, { name: "DequantizeLinear", admissible: dequantizeLinear, demand }],
  [Opcode.Add, { name: "Add", admissible: add, demand }],
  [Opcode.Sub, { name: "Sub", admissible: sub, demand }],
  [Opcode.Mul, { name: "Mul", admissible: mul, demand }],
  [Opcode.Div, { name: "Div", admissible: div, demand }],
  [Opcode.ReduceMean, { name: "ReduceMean", ...reduceMean }],
  [Opcode.BatchNormalization, { name: "BatchNormalization", admissible: batchNormalization, demand }],
  [Opcode.Softmax, { name: "Softmax", ...softmax }],
]);

/** The operator with this opcode. */
export function operatorOf(opcode: number): Operator {
  const operator = OPERATORS.get(opcode);
  if (operator === undefined) throw new RangeError(`no operator has opcode 0x${opcode.toString(16).padStart(4, "0")}`);
  return operator;
}

/**
 * Judges an element of a trace as contracts/dispute/OpVerifier.sol does: a value that is not in canonical form is
 * inadmissible whatever the operator makes of it.
 */
export const twin: OpTwin = (node, element, claimed, x) =>
  isCanonical(node.output.dtype, claimed) && operatorOf(node.opcode).admissible(node, element, claimed, x);
