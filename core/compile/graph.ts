import { Attributes, isStandardDomain, namesRead, nodeName, operatorOf, type ModelFile, type OnnxModel, opsetOf, whyForeign } from "../onnx/model.ts";
import type { GraphNode, Value } from "../onnx/graphNode.ts";
import type { NodeProto } from "../onnx/onnx_pb.js";
import { readConstant, toDType, type Constant } from "../onnx/tensor.ts";
import { refuse, type Fault, type Faults } from "../faults.ts";
import { MAX_INPUTS, MAX_RANK } from "../program/row.ts";
import { isDType } from "../tensor/dtype.ts";
import type { TensorSpec } from "../tensor/tensor.ts";
import { LOWERED, loweredWhere } from "./lower/index.ts";
import { FORMS } from "../operators/index.ts";
import type { ValueTypes } from "./valueTypes.ts";
import { whyNever } from "./whyNever.ts";

/** A graph as far as it could be read. */
export interface ReadGraph {
  readonly graph: Graph;
  /** Faults of values whose shape is not known: news only where no other fault kept the runtime from making them. */
  readonly unshaped: readonly Fault[];
}

/** The canonical graph: every computed value has a static type, a place in the trace and one node that makes it. */
export interface Graph {
  /** What it was read from. */
  readonly file: ModelFile;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly (TensorSpec & { readonly id: number })[];
  readonly nodes: readonly GraphNode[];
  /** Place in the trace by name: graph inputs first, then the output of every node. */
  readonly ids: ReadonlyMap<string, number>;
  /** Names in the order of the trace. */
  readonly tensors: readonly string[];
}

/** Why a node cannot be taken whatever else is true of it; undefined where its operator is one of these. */
export function whyUnknown(node: NodeProto, operators: ReadonlySet<string>): string | undefined {
  const operator = operatorOf(node);
  if (operators.has(operator)) return undefined;
  const where = loweredWhere(operator);
  if (where === undefined && !isStandardDomain(node.domain)) return whyForeign(node);
  if (where === undefined) return whyNever(operator) ?? "the operator is not supported";
  return `the operator is supported only ${where}`;
}

/**
 * Resolves a canonical model whose nodes may be of the given operators. Every fault is added to `faults`; nodes that
 * could not be read are left out, and what only follows from that is no fault of its own.
 */
export function readGraph(file: ModelFile, types: ValueTypes, operators: ReadonlySet<string>, faults: Faults): ReadGraph {
  const { model } = file;
  const { graph } = model;
  const opset = opsetOf(model);
  const constants = readConstants(model, faults);
  const ids = new Map<string, number>();
  for (const { name } of graph.input) ids.set(name, ids.size);

  const valueOf = (name: string): Value => readValue(name, constants, ids, types);
  const specOf = (name: string): TensorSpec => {
    const { dtype, dims } = valueOf(name);
    return { name, dtype, dims };
  };

  const inputs = graph.input.flatMap(({ name }) => faults.attempt(name, "", () => specOf(name)) ?? []);
  if (graph.input.length > 255) faults.add("model", "", `${graph.input.length} inputs are more than the protocol's 255`);
  if (graph.output.length > 255) faults.add("model", "", `${graph.output.length} outputs are more than the protocol's 255`);

  const read = new Set([...graph.node.flatMap(namesRead), ...graph.output.map(({ name }) => name)]);
  read.delete("");
  // Where a node is left out, or the runtime could not be asked because of an unknown one, what is not known is no news.
  const lost = new Set<string>();
  const unshaped: Fault[] = [];
  const isPartial = graph.node.some((proto) => whyUnknown(proto, operators) !== undefined);
  const isResolved = (name: string): boolean => {
    const type = types.get(name);
    return constants.has(name) || (type !== undefined && isDType(type.dtype) && type.dims.every((dim) => typeof dim === "number" && dim > 0));
  };

  const nodes: GraphNode[] = [];
  for (const proto of graph.node) {
    const name = nodeName(proto);
    const follows = namesRead(proto).some((read) => lost.has(read));
    const node = faults.attempt(name, proto.opType, (): GraphNode | undefined => {
      const unknown = whyUnknown(proto, operators);
      const isUnresolved = (isPartial || follows) && ![...proto.input, proto.output[0]].every((value) => value === "" || isResolved(value));
      // What is written in terms of others where its shapes are known may have been left because they are not.
      if (unknown !== undefined && !(isUnresolved && follows && LOWERED.has(operatorOf(proto)))) refuse(unknown);
      if (isUnresolved) return undefined;
      const sizes = types.get(proto.output[0])?.dims ?? [];
      if (sizes.some((size) => typeof size !== "number")) {
        unshaped.push({ name, op: proto.opType, why: whyUnshaped(proto, sizes, (value) => constants.has(value)) });
        return undefined;
      }
      if (proto.output.slice(1).some((output) => read.has(output))) refuse("only its first output is supported, another one is used");
      if (proto.input.length > MAX_INPUTS) refuse(`${proto.input.length} inputs are more than the protocol's ${MAX_INPUTS}`);
      const inputs = proto.input.map((input) => (input === "" ? undefined : valueOf(input)));
      if (proto.output[0] === undefined || proto.output[0] === "") refuse("its first output has no name");
      if (ids.has(proto.output[0]) || constants.has(proto.output[0])) refuse(`"${proto.output[0]}" is computed twice`);
      ids.set(proto.output[0], ids.size);
      return {
        name,
        op: proto.opType,
        opset,
        proto,
        attributes: new Attributes(proto),
        inputs,
        output: valueOf(proto.output[0]),
      };
    });
    if (node !== undefined) nodes.push(node);
    if (node !== undefined && !follows) continue;
    for (const output of proto.output) {
      lost.add(output);
      if (output !== "" && !ids.has(output)) ids.set(output, ids.size);
    }
  }

  const outputs = graph.output.flatMap(
    ({ name }) =>
      faults.attempt(name, "", () => {
        const id = ids.get(name) ?? refuse("the graph's output is a constant: there is nothing to compute");
        if ((isPartial || lost.has(name)) && !isResolved(name)) return undefined;
        return { ...specOf(name), id };
      }) ?? [],
  );
  return { graph: { file, inputs, outputs, nodes, ids, tensors: [...ids.keys()] }, unshaped };
}

/** Why the shape of a node's output is not known: by what decides it, where the node is told it. */
function whyUnshaped(node: NodeProto, sizes: readonly (number | string)[], isConstant: (value: string) => boolean): string {
  const isTold = (FORMS.get(node.opType) ?? LOWERED.get(node.opType))?.shapedBy === "values";
  const deciding = isTold ? node.input.slice(1).filter((name) => name !== "" && !isConstant(name)) : [];
  const names = deciding.map((name) => `"${name}"`).join(", ");
  if (deciding.length > 0) return `the shape of its result depends on the values of ${names}: export the model with ${deciding.length === 1 ? "it as a constant" : "them as constants"}`;
  return `the shape of "${node.output[0]}" depends on data: [${sizes.join(", ")}]`;
}

/** The graph's constants by name; undefined where one cannot be read. */
type Constants = ReadonlyMap<string, Constant | undefined>;

function readConstants({ graph }: OnnxModel, faults: Faults): Constants {
  const given = [...graph.initializer, ...graph.input].map(({ name }) => name);
  for (const name of new Set(repeated(given))) faults.add(name, "", "the name stands for two constants or inputs");
  return new Map(graph.initializer.map((tensor) => [tensor.name, faults.attempt(tensor.name, "", () => readConstant(tensor))]));
}

/** @param ids places of the values that are computed so far */
function readValue(name: string, constants: Constants, ids: ReadonlyMap<string, number>, types: ValueTypes): Value {
  if (constants.has(name)) {
    const constant = constants.get(name) ?? refuse(`its constant "${name}" cannot be read`);
    return { name, dtype: constant.dtype, dims: checkDims(name, constant.dims), constant };
  }
  if (!ids.has(name)) refuse(`"${name}" is read before it is computed`);
  const type = types.get(name) ?? refuse(`the runtime does not know the type of "${name}"`);
  if (type.dtype === 0) refuse(`"${name}" is not a tensor`);
  const unknown = () => refuse(`the shape of "${name}" is not known: [${type.dims.join(", ")}]`);
  const dims = type.dims.map((dim) => (typeof dim === "number" && dim >= 0 ? dim : unknown()));
  if (dims.includes(0)) refuse(`"${name}" is empty: its shape is [${dims.join(", ")}]`);
  return { name, dtype: toDType(type.dtype), dims: checkDims(name, dims) };
}

/** The names that stand there a second time. */
function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

function checkDims(name: string, dims: readonly number[]): readonly number[] {
  if (dims.length > MAX_RANK) refuse(`"${name}" has rank ${dims.length}, more than the protocol's ${MAX_RANK}`);
  if (dims.some((dim) => dim >= 2 ** 32)) refuse(`"${name}" has a dimension beyond 32 bits`);
  return dims;
}
