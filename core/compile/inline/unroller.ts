import { create } from "@bufbuild/protobuf";
import { refuse } from "../../faults.ts";
import { nodeName, opsetOf, type OnnxModel } from "../../onnx/model.ts";
import { AttributeProtoSchema, NodeProtoSchema, type AttributeProto, type GraphProto, type NodeProto } from "../../onnx/onnx_pb.js";
import { constantOf, numbersOf, type Constant } from "../../onnx/tensor.ts";
import { MAX_INPUTS } from "../../program/row.ts";
import type { Runtime } from "../../runtime.ts";
import { DType } from "../../tensor/dtype.ts";
import { freshNames } from "../freshNames.ts";
import { allNames, copyOf, renameReads } from "./subgraphs.ts";
import { failureOnZeros, mayFailByValues } from "./failures.ts";
import type { Settled } from "./settled.ts";
import { Valuation, type Type, type TypesOf } from "./valuation.ts";

/** Nodes that the bodies of a model may become, all of them together, where a body of none counts as one. */
export const MOST_NODES = 16_384;

/** Since this opset axes that are added are an input. */
const AXES_ARE_INPUT = 13;

/** Writes a node of the unroller's own, or copies of bodies, and knows what they stand for. */
export class Unroller {
  readonly opset: number;
  /** What sequences of tensors consist of, by the name of the sequence. */
  readonly sequences = new Map<string, readonly string[]>();
  readonly #fresh: (wish: string) => string;
  readonly #valuation: Valuation;
  readonly #runtime: Runtime;
  readonly #outputs: ReadonlySet<string>;
  readonly #aliases = new Map<string, string>();
  readonly #visit: (node: NodeProto, unroller: Unroller) => Promise<boolean>;
  /** What the file calls nodes of bodies, which have other names where they stand now. */
  readonly #sourceNames = new Map<NodeProto, string>();
  readonly nodes: NodeProto[] = [];
  /** Ifs of which one branch is left out. */
  readonly settled: Settled[] = [];
  #made = 0;

  /** @param visit what becomes of a node; false where it stays as it is */
  constructor(model: OnnxModel, runtime: Runtime, typesOf: TypesOf, visit: (node: NodeProto, unroller: Unroller) => Promise<boolean>) {
    this.opset = opsetOf(model);
    this.#fresh = freshNames([...allNames(model.graph), ...model.graph.node.map(nodeName)]);
    this.#runtime = runtime;
    this.#valuation = new Valuation(model, runtime, typesOf);
    this.#outputs = new Set(model.graph.output.map(({ name }) => name));
    this.#visit = visit;
  }

  sourceName = (node: NodeProto): string => this.#sourceNames.get(node) ?? nodeName(node);

  fresh = (wish: string): string => this.#fresh(wish);

  /** The value that a name stands for. */
  value = (name: string): string => this.#aliases.get(name) ?? name;

  sequence = (name: string): readonly string[] | undefined => this.sequences.get(this.value(name));

  /** What is known of a value before a run. */
  constant = (name: string): Promise<Constant | undefined> => this.#valuation.constant(this.value(name), this.nodes);

  dims = (name: string): Promise<readonly number[] | undefined> => this.#valuation.dims(this.value(name), this.nodes);

  /** See Valuation. */
  types = (names: readonly string[]): Promise<Type[]> => this.#valuation.types(names.map(this.value), this.nodes);

  /**
   * Why every run fails that takes the outputs of a node, whose branch gives these values; undefined where one may go right, or that
   * cannot be known.
   */
  async failure(node: NodeProto, values: readonly string[]): Promise<unknown> {
    const part = this.#valuation.part(values.map(this.value), this.nodes);
    if (await mayFailByValues(part, this.#runtime)) return undefined;
    return failureOnZeros(this.#valuation.part(node.output.filter((name) => name !== ""), [...this.nodes, node]), this.#runtime);
  }

  /** The one number of a value that is known before a run. */
  async number(name: string): Promise<number | undefined> {
    const constant = await this.constant(name);
    if (constant === undefined) return undefined;
    // A count beyond 2⁵³ is as good as none.
    const values = constant.dtype === DType.int64 ? Array.from(new BigInt64Array(constant.data.slice().buffer), Number) : numbersOf(constant);
    return values.length === 1 ? values[0] : undefined;
  }

  /** Visits nodes in their order, which are or become part of the graph. */
  async take(nodes: readonly NodeProto[]): Promise<void> {
    for (const node of nodes) {
      renameReads(node, this.#aliases);
      if (!(await this.#visit(node, this))) this.nodes.push(node);
    }
  }

  /** Says that an output of a node is another value, or a sequence of values. */
  bind(output: string | undefined, value: string | undefined): void {
    if (output === undefined || output === "") return;
    if (value === undefined) refuse(`nothing gives its output "${output}"`);
    const parts = this.sequence(value);
    if (parts !== undefined) this.sequences.set(output, parts);
    else if (this.#outputs.has(output)) this.nodes.push(create(NodeProtoSchema, { opType: "Identity", input: [this.value(value)], output: [output] }));
    else this.#aliases.set(output, this.value(value));
  }

  /** Puts a copy of a body into the graph, and gives the names of its outputs. */
  async body(node: NodeProto, graph: GraphProto, inputs: readonly string[]): Promise<string[]> {
    if (graph.input.length !== inputs.length) refuse(`its body takes ${graph.input.length} inputs, where ${inputs.length} are given`);
    this.#count(1 + graph.node.length);
    const names = new Map<string, string>();
    const rename = (name: string): string => {
      const known = names.get(name) ?? this.fresh(`${nodeName(node)}/${name}`);
      names.set(name, known);
      return known;
    };
    const { nodes, outputs } = copyOf(graph, inputs.map(this.value), rename);
    nodes.forEach((copy, i) => this.#sourceNames.set(copy, nodeName(graph.node[i])));
    await this.take(nodes);
    return outputs.map(this.value);
  }

  #count(nodes: number): void {
    this.#made += nodes;
    if (this.#made > MOST_NODES) refuse(`written step by step, the bodies of the model's loops are more than ${MOST_NODES} nodes`);
  }

  /** A new node of one output. */
  node(owner: NodeProto, opType: string, input: readonly (string | undefined)[], attribute: AttributeProto[] = []): string {
    this.#count(1);
    const name = this.fresh(`${nodeName(owner)}/${opType.toLowerCase()}`);
    const read = input.map((each) => this.value(each ?? refuse("its body has fewer outputs than it collects")));
    this.nodes.push(create(NodeProtoSchema, { name, opType, input: read, output: [name], attribute }));
    return name;
  }

  /** A new constant. */
  given(owner: NodeProto, wish: string, constant: Constant): string {
    const name = this.fresh(`${nodeName(owner)}/${wish}`);
    this.#valuation.add(constantOf(name, constant));
    return name;
  }

  integers = (owner: NodeProto, values: readonly number[], dims: readonly number[] = [values.length]): string =>
    this.given(owner, "constant", { dtype: DType.int64, dims, data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });

  boolean = (owner: NodeProto, value: boolean): string => this.given(owner, "constant", { dtype: DType.bool, dims: [], data: Uint8Array.of(Number(value)) });

  /** The tensor at a place of an axis, without that axis. */
  at = (owner: NodeProto, x: string, axis: number, place: number): string =>
    this.node(owner, "Gather", [x, this.integers(owner, [place], [])], [integer("axis", axis)]);

  /** A tensor with one more axis, of length one. */
  unsqueezed = (owner: NodeProto, x: string, axis: number): string => this.#axes("Unsqueeze", owner, x, axis);

  squeezed = (owner: NodeProto, x: string, axis: number): string => this.#axes("Squeeze", owner, x, axis);

  #axes(op: string, owner: NodeProto, x: string, axis: number): string {
    return this.opset < AXES_ARE_INPUT ? this.node(owner, op, [x], [integers("axes", [axis])]) : this.node(owner, op, [x, this.integers(owner, [axis])]);
  }

  /** Tensors one behind the other along an axis. */
  joined(owner: NodeProto, parts: readonly string[], axis: number): string {
    if (parts.length === 0) refuse("one of its results is empty");
    if (parts.length === 1) return parts[0];
    if (parts.length <= MAX_INPUTS) return this.node(owner, "Concat", parts, [integer("axis", axis)]);
    const groups = Array.from({ length: Math.ceil(parts.length / MAX_INPUTS) }, (_, i) => parts.slice(i * MAX_INPUTS, (i + 1) * MAX_INPUTS));
    return this.joined(owner, groups.map((group) => this.joined(owner, group, axis)), axis);
  }

  /** Tensors one behind the other along a new axis. */
  stacked = (owner: NodeProto, parts: readonly string[], axis: number): string =>
    this.joined(owner, parts.map((part) => this.unsqueezed(owner, part, axis)), axis);
}

const integer = (name: string, value: number): AttributeProto => create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) });
const integers = (name: string, values: readonly number[]): AttributeProto => create(AttributeProtoSchema, { name, type: 7, ints: values.map(BigInt) });
