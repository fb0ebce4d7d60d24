/**
 * What a node admits, by the definitions of docs/protocol.md §2 in exact arithmetic on big integers: slow, obvious, and
 * written apart from the contracts and their twins, so that a fault of theirs can't hide itself here.
 */
import type { TensorReader } from "../tensor/reader.ts";
import { DType } from "../tensor/dtype.ts";
import { Opcode, Rule, ruleName, type Node } from "../program/types.ts";
import type { Acceptance } from "./acceptance.ts";
import { maxPool } from "./accumulation.ts";
import { addition, division, floor, multiplication, relu, subtraction } from "./arithmetic.ts";
import { decode, encode } from "./binary32.ts";
import { convolution, generalProduct, matrixProduct } from "./dot.ts";
import { strided } from "./movement.ts";
import { ask, type Question } from "./operand.ts";
import { dequantizeLinear, qLinearConv, qLinearMatMul, quantizeLinear } from "./quantised.ts";
import { batchNormalization, layerNormalization, reduceMean, softmax } from "./statistics.ts";

export type { Acceptance } from "./acceptance.ts";

interface Definition {
  readonly rules: readonly Rule[];
  readonly judge: (q: Question) => Acceptance;
}

const dot = [Rule.chain, Rule.bound] as const;
const equal = [Rule.equal] as const;
const arithmetic = [Rule.rounded, Rule.equal] as const;
const bound = [Rule.bound] as const;

const DEFINITIONS: Readonly<Record<Opcode, Definition>> = {
  [Opcode.Conv]: { rules: dot, judge: convolution },
  [Opcode.Gemm]: { rules: dot, judge: generalProduct },
  [Opcode.MatMul]: { rules: dot, judge: matrixProduct },
  [Opcode.QLinearConv]: { rules: equal, judge: qLinearConv },
  [Opcode.QLinearMatMul]: { rules: equal, judge: qLinearMatMul },
  [Opcode.Strided]: { rules: equal, judge: strided },
  [Opcode.Relu]: { rules: equal, judge: relu },
  [Opcode.Floor]: { rules: equal, judge: floor },
  [Opcode.MaxPool]: { rules: equal, judge: maxPool },
  [Opcode.QuantizeLinear]: { rules: equal, judge: quantizeLinear },
  [Opcode.DequantizeLinear]: { rules: equal, judge: dequantizeLinear },
  [Opcode.Add]: { rules: arithmetic, judge: addition },
  [Opcode.Sub]: { rules: arithmetic, judge: subtraction },
  [Opcode.Mul]: { rules: arithmetic, judge: multiplication },
  [Opcode.Div]: { rules: arithmetic, judge: division },
  [Opcode.ReduceMean]: { rules: bound, judge: reduceMean },
  [Opcode.BatchNormalization]: { rules: bound, judge: batchNormalization },
  [Opcode.Softmax]: { rules: bound, judge: softmax },
  [Opcode.LayerNormalization]: { rules: bound, judge: layerNormalization },
};

/** Of the bit patterns that are the same number, only the one that `encode` writes may stand in a computed tensor. */
const committed = ({ isAdmissible, justOutside }: Acceptance): Acceptance => ({
  isAdmissible: (claimed) => encode(decode(claimed)) === claimed && isAdmissible(claimed),
  justOutside,
});

/** Which values element `element` (a row-major index) of the node's output may have, given its inputs. */
export function acceptance(node: Node, element: number, x: readonly (TensorReader | undefined)[]): Acceptance {
  const { rules, judge } = DEFINITIONS[node.opcode];
  if (!rules.includes(node.rule)) throw new RangeError(`rule ${ruleName(node.rule)} is none of opcode 0x${node.opcode.toString(16)}`);
  const allowed = judge(ask(node, element, x));
  return node.output.dtype === DType.float32 ? committed(allowed) : allowed;
}
