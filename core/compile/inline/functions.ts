import { clone, create } from "@bufbuild/protobuf";
import { Faults, refuse } from "../../faults.ts";
import { isStandardDomain, nodeName, opsetOf, type OnnxModel } from "../../onnx/model.ts";
import { defaultsOf, overloadCalled, overloadOf } from "../../onnx/laterFields.ts";
import { AttributeProtoSchema, NodeProtoSchema, type AttributeProto, type FunctionProto, type NodeProto } from "../../onnx/onnx_pb.js";
import { freshNames } from "../freshNames.ts";
import { allNames, freshen, renameReads, subgraphsOf } from "./subgraphs.ts";

/** Nodes that the functions of a model may become, all of them together. */
const MOST_NODES = 65_536;

const keyOf = (domain: string, name: string, overload: string): string => JSON.stringify([domain, name, overload]);

/** Whether a function means by its operators what the model means. */
function agrees({ opsetImport }: FunctionProto, model: OnnxModel): boolean {
  const own = new Map(model.opsetImport.map(({ domain, version }) => [domain, version]));
  return opsetImport.every(({ domain, version }) => (isStandardDomain(domain) ? Number(version) === opsetOf(model) : (own.get(domain) ?? version) === version));
}

/**
 * Puts the nodes of the file's own functions in the place of every node that calls one. Functions of another operator set than the
 * model's, and those that define an operator of the standard, are left to the runtime, which knows what it takes them for.
 */
export function expandFunctions(model: OnnxModel): void {
  const taken = model.functions.filter((each) => !isStandardDomain(each.domain) && agrees(each, model));
  if (taken.length === 0) return;
  new Expansion(model, taken).run();
  model.functions = model.functions.filter((each) => !taken.includes(each));
  const imported = new Set(model.opsetImport.map(({ domain }) => domain));
  for (const each of taken.flatMap(({ opsetImport }) => opsetImport)) {
    if (isStandardDomain(each.domain) || imported.has(each.domain)) continue;
    imported.add(each.domain);
    model.opsetImport.push(each);
  }
}

class Expansion {
  readonly #model: OnnxModel;
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #names: (wish: string) => string;
  readonly #faults = new Faults();
  #made = 0;

  constructor(model: OnnxModel, functions: readonly FunctionProto[]) {
    this.#model = model;
    this.#functions = new Map(functions.map((each) => [keyOf(each.domain, each.name, overloadOf(each)), each]));
    this.#names = freshNames([...allNames(model.graph), ...model.graph.node.map(nodeName)]);
  }

  run(): void {
    const { graph } = this.#model;
    graph.node = graph.node.flatMap((node) => this.#faults.attempt(nodeName(node), node.opType, () => this.#expanded(node, [])) ?? []);
    this.#faults.throwIfAny();
  }

  /** @param callers the functions that the node stands in */
  #expanded(node: NodeProto, callers: readonly FunctionProto[]): NodeProto[] {
    const called = this.#functions.get(keyOf(node.domain, node.opType, overloadCalled(node)));
    if (called === undefined) {
      for (const graph of subgraphsOf(node)) graph.node = graph.node.flatMap((inner) => this.#expanded(inner, callers));
      return [node];
    }
    if (callers.includes(called)) refuse(`the function ${called.name} calls itself`);
    this.#made += called.node.length;
    if (this.#made > MOST_NODES) refuse(`its functions come to more than ${MOST_NODES} nodes`);
    return this.#bodyOf(node, called).flatMap((inner) => this.#expanded(inner, [...callers, called]));
  }

  /** The nodes of a function in the place of one that calls it. */
  #bodyOf(node: NodeProto, called: FunctionProto): NodeProto[] {
    if (node.input.length > called.input.length || node.output.length > called.output.length) {
      refuse(`it has ${node.input.length} inputs and ${node.output.length} outputs, the function ${called.name} ${called.input.length} and ${called.output.length}`);
    }
    const fresh = (name: string): string => this.#names(`${nodeName(node)}/${name}`);
    const inputs = new Map(called.input.map((name, i) => [name, node.input[i] ?? ""]));
    const outputs = new Map<string, string>();
    for (const name of called.node.flatMap(({ output }) => output)) if (name !== "") outputs.set(name, fresh(name));
    const handed: NodeProto[] = [];
    called.output.forEach((name, i) => {
      const wanted = node.output[i] ?? "";
      if (wanted === "") return;
      // An output that is an input, or another output too, is computed by no node of its own.
      const isOwn = outputs.has(name) && called.output.indexOf(name) === i;
      if (isOwn) outputs.set(name, wanted);
      else handed.push(create(NodeProtoSchema, { opType: "Identity", input: [outputs.get(name) ?? inputs.get(name) ?? ""], output: [wanted] }));
    });
    const renames = new Map([...inputs, ...outputs]);
    const given = new Map([...defaultsOf(called), ...node.attribute].map((attribute) => [attribute.name, attribute]));
    const body = called.node.map((inner) => {
      const copy = clone(NodeProtoSchema, inner);
      copy.name = fresh(nodeName(inner));
      resolve(copy, given);
      freshen(copy, fresh);
      renameReads(copy, renames);
      copy.output = copy.output.map((name) => renames.get(name) ?? name);
      return copy;
    });
    return [...body, ...handed];
  }
}

/** Gives attributes that refer to one of the function the value that the caller states, or the function's own; without one there is none. */
function resolve(node: NodeProto, given: ReadonlyMap<string, AttributeProto>): void {
  node.attribute = node.attribute.flatMap((attribute) => {
    if (attribute.refAttrName === "") return [attribute];
    const value = given.get(attribute.refAttrName);
    return value === undefined ? [] : [Object.assign(clone(AttributeProtoSchema, value), { name: attribute.name })];
  });
  for (const graph of subgraphsOf(node)) for (const inner of graph.node) resolve(inner, given);
}
