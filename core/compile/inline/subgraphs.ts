import { clone } from "@bufbuild/protobuf";
import { namesRead } from "../../onnx/model.ts";
import { NodeProtoSchema, type GraphProto, type NodeProto, type TensorProto } from "../../onnx/onnx_pb.js";
import { readConstantNode } from "./constantNodes.ts";

/** What a node's subgraphs are, in its attributes. */
export const subgraphsOf = ({ attribute }: NodeProto): GraphProto[] => attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));

/** The subgraph under that name. */
export const subgraphOf = ({ attribute }: NodeProto, name: string): GraphProto | undefined => attribute.find((each) => each.name === name)?.g;

type Renames = ReadonlyMap<string, string>;

/** Names that a graph gives itself: in it they stand for nothing outside. */
const ownNames = (graph: GraphProto): string[] => [
  ...graph.input.map(({ name }) => name),
  ...graph.initializer.map(({ name }) => name),
  ...graph.node.flatMap(({ output }) => output),
];

/** Renames what a node reads, in its subgraphs too, where the name stands for the same value. */
export function renameReads(node: NodeProto, renames: Renames): void {
  if (renames.size === 0) return;
  node.input = node.input.map((name) => renames.get(name) ?? name);
  for (const graph of subgraphsOf(node)) {
    const inner = new Map(renames);
    for (const name of ownNames(graph)) inner.delete(name);
    for (const each of graph.node) renameReads(each, inner);
    for (const output of graph.output) output.name = inner.get(output.name) ?? output.name;
  }
}

/** Gives every value that the subgraphs of a node make a name of its own. */
export function freshen(node: NodeProto, fresh: (wish: string) => string): void {
  for (const graph of subgraphsOf(node)) {
    const renames = new Map(ownNames(graph).flatMap((name) => (name === "" ? [] : [[name, fresh(name)] as const])));
    const renamed = <T extends { name: string }>(each: T): T => Object.assign(each, { name: renames.get(each.name) ?? each.name });
    for (const each of [...graph.input, ...graph.initializer, ...graph.output]) renamed(each);
    for (const inner of graph.node) {
      freshen(inner, fresh);
      renameReads(inner, renames);
      inner.output = inner.output.map((name) => renames.get(name) ?? name);
    }
  }
}

/** All names of values of a graph and of those in it. */
export function* allNames(graph: GraphProto): Generator<string> {
  for (const { name } of [...graph.input, ...graph.output, ...graph.initializer]) yield name;
  for (const node of graph.node) {
    yield* node.input;
    yield* node.output;
    for (const inner of subgraphsOf(node)) yield* allNames(inner);
  }
}

/**
 * Moves the constants of all subgraphs out to the graph around them, which changes no value, so that a copy of a subgraph copies no
 * tensor. Nodes that are constants become such, too, but for those that the graph gives out.
 */
export function hoistConstants(graph: GraphProto, fresh: (wish: string) => string, outer: GraphProto = graph, nodes: GraphProto["node"] = graph.node): void {
  if (graph !== outer) {
    const renames = new Map<string, string>();
    const keep = (tensor: TensorProto): void => {
      const name = fresh(tensor.name);
      renames.set(tensor.name, name);
      outer.initializer.push(Object.assign(tensor, { name }));
    };
    graph.initializer.forEach((tensor) => keep(tensor));
    graph.initializer = [];
    graph.node = withoutConstants(graph.node, keep);
    for (const node of graph.node) renameReads(node, renames);
    for (const output of graph.output) output.name = renames.get(output.name) ?? output.name;
  }
  for (const node of nodes) for (const inner of subgraphsOf(node)) hoistConstants(inner, fresh, outer, inner.node);
}

/** The nodes but those that are constants, which are handed over under the name of their output. */
export function withoutConstants(nodes: readonly NodeProto[], keep: (tensor: TensorProto) => void): NodeProto[] {
  return nodes.filter((node) => {
    const tensor = readConstantNode(node);
    if (tensor !== undefined) keep(tensor);
    return tensor === undefined;
  });
}

/** Nodes of a body, as they stand somewhere else, and the names of its outputs there. */
export interface Copy {
  readonly nodes: NodeProto[];
  readonly outputs: string[];
}

/**
 * A copy of a subgraph without constants of its own, to stand in the place of the node that it belongs to.
 * @param inputs the values that its inputs are
 */
export function copyOf(graph: GraphProto, inputs: readonly string[], rename: (name: string) => string): Copy {
  const renames = new Map(graph.input.map(({ name }, i) => [name, inputs[i]]));
  for (const name of graph.node.flatMap(({ output }) => output)) if (name !== "") renames.set(name, rename(name));
  const nodes = graph.node.map((node) => {
    const copy = clone(NodeProtoSchema, node);
    copy.name = copy.name === "" ? "" : rename(copy.name);
    renameReads(copy, renames);
    copy.output = copy.output.map((name) => renames.get(name) ?? name);
    return copy;
  });
  return { nodes, outputs: graph.output.map(({ name }) => renames.get(name) ?? name) };
}

/** The nodes that lead to these values, in their order. */
export function leadingTo(nodes: readonly NodeProto[], values: Iterable<string>): NodeProto[] {
  const read = new Set(values);
  return nodes
    .toReversed()
    .filter((node) => {
      const isRead = node.output.some((name) => name !== "" && read.has(name));
      if (isRead) for (const name of namesRead(node)) read.add(name);
      return isRead;
    })
    .reverse();
}
