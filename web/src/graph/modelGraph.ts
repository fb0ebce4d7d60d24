import { provedBy } from "../../../core/compile/provable.ts";
import { operatorOf, twinOf } from "../../../core/operators/index.ts";
import { inputIds, outputId } from "../../../core/program/program.ts";
import { Rule, ruleName, type Node, type Program } from "../../../core/program/types.ts";
import { dtypeName } from "../../../core/tensor/dtype.ts";
import type { Tensor, TensorSpec } from "../../../core/tensor/tensor.ts";

/**
 * A program as a graph for people, which a worker can hand on. Every graph input and every row is a node; its id is the number, in
 * the trace, of the tensor that it stands for.
 */
export interface ModelGraph {
  /** Inputs first, then the rows in their order: so every node stands behind those that it reads. */
  readonly nodes: readonly ModelNode[];
  readonly edges: readonly ModelEdge[];
  /** Ids of the graph's inputs and outputs, in their order. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface ModelNode {
  readonly id: number;
  /** Of the tensor, as the canonical file has it. */
  readonly tensor: string;
  /** ONNX's name of the element type. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly isOutput: boolean;
  /** What computes it; undefined of a graph input. */
  readonly row?: ModelRow;
}

/** A row of the program, and what it takes to judge it. */
export interface ModelRow {
  /** Its place among the rows. */
  readonly index: number;
  readonly name: string;
  /** The operator that the canonical file has, and the one that judges it. */
  readonly op: string;
  readonly operator: string;
  readonly formula: string;
  readonly rule: keyof typeof Rule;
  /** Of a rule that has a schedule. */
  readonly schedule?: { readonly chunk: number; readonly flags: number };
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly inputs: readonly Operand[];
  /** Operands that are added or compared for one element; undefined where an element is judged whole. */
  readonly positions?: number;
  /** Upper bounds of what it takes to convict a lie in the dearest element. */
  readonly verdict: { readonly gas: number; readonly transactions: number };
}

/** What a row reads: of a constant only the type is told. */
export interface Operand {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The node that computes it; undefined of a constant. */
  readonly from?: number;
}

/** A tensor that a row reads; however often it reads it, one edge. */
export interface ModelEdge {
  readonly from: number;
  readonly to: number;
}

/** @param tensors names of the tensors of a trace, by id */
export function modelGraph(program: Program, tensors: readonly string[]): ModelGraph {
  const outputs = program.outputs.map(({ id }) => id);
  const nodeOf = (id: number, { dtype, dims }: Pick<TensorSpec, "dtype" | "dims">, row?: ModelRow): ModelNode => ({
    ...{ id, tensor: tensors[id], dtype: dtypeName(dtype), shape: dims, isOutput: outputs.includes(id) },
    ...(row !== undefined && { row }),
  });
  return {
    nodes: [...program.inputs.map((spec, id) => nodeOf(id, spec)), ...program.nodes.map((node, index) => nodeOf(outputId(node), node.output, rowOf(program, node, index)))],
    edges: program.nodes.flatMap((node) => [...new Set(inputIds(node))].map((from) => ({ from, to: outputId(node) }))),
    inputs: [...program.inputs.keys()],
    outputs,
  };
}

function rowOf(program: Program, node: Program["nodes"][number], index: number): ModelRow {
  const operator = operatorOf(node.opcode);
  const { reduction } = twinOf(node);
  const costs = provedBy(node, program);
  return {
    ...{ index, name: node.name, op: node.op, operator: operator.name, formula: operator.formula },
    rule: ruleName(node.rule) as keyof typeof Rule,
    ...(hasSchedule(node) && { schedule: { chunk: node.chunk, flags: node.flags } }),
    attributes: Object.entries(operator.attributes.of(node)).flatMap(([name, value]) => written(name, value)),
    inputs: node.inputs.flatMap((tensor, i) => (tensor === undefined ? [] : operandOf(operator.inputs[i] ?? operator.inputs.at(-1)!, tensor))),
    ...(reduction !== undefined && { positions: reduction.length(node) }),
    verdict: { gas: costs.reduce((sum, { gas }) => sum + gas, 0), transactions: costs.length },
  };
}

const hasSchedule = ({ rule }: Node): boolean => rule === Rule.chain || rule === Rule.gemv || rule === Rule.lanes;

const operandOf = (name: string, { dtype, dims, source }: Tensor): Operand => ({
  ...{ name: name.replace("?", ""), dtype: dtypeName(dtype), shape: dims },
  ...(source.kind === "computed" && { from: source.id }),
});

/** An attribute as text; one of several parts, such as a window, is several. */
function written(name: string, value: unknown): (readonly [string, string])[] {
  if (Array.isArray(value)) return [[name, `[${value.join(", ")}]`]];
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([part, inner]) => written(part, inner));
  return [[name, String(value)]];
}
