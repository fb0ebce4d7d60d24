import { Faults } from "../../faults.ts";
import { Attributes, isStandardDomain, namesRead, nodeName, operatorOf, opsetOf, ownFunctions, type OnnxModel } from "../../onnx/model.ts";
import type { NodeProto, TensorProto } from "../../onnx/onnx_pb.js";
import { readConstant } from "../../onnx/tensor.ts";
import { isDType } from "../../tensor/dtype.ts";
import type { ValueTypes } from "../valueTypes.ts";
import type { Form } from "../form.ts";
import { freshNames } from "../freshNames.ts";
import { rangesOf } from "../ranges.ts";
import { LOWERINGS, loweringsOf, takenBy } from "./index.ts";
import type { Known, Lowered, Lowering, Site } from "./lowering.ts";

export interface LowerOptions {
  /** What the file is made of; in the form `source`, the default here, no bit of a result changes. */
  readonly form?: Form;
  readonly table?: readonly Lowering[];
}

/**
 * Writes the nodes of a model in terms of others, by the table in its order, until no lowering applies to any node. Says whether
 * anything changed.
 * @param types of all values of the model
 * @param typesOf those of a model with new values; it is asked where one of them may be lowered again
 */
export async function lower(
  model: OnnxModel,
  types: ValueTypes,
  typesOf: (model: OnnxModel) => Promise<ValueTypes>,
  { form = "source", table = LOWERINGS }: LowerOptions = {},
): Promise<boolean> {
  const lowerings = loweringsOf(form, table);
  const isOwn = ownFunctions(model);
  const isLowered = (node: NodeProto): boolean => !isOwn(node) && lowerings.some((lowering) => takenBy(lowering).includes(operatorOf(node)));
  let written = pass(model, types, lowerings);
  if (written === undefined) return false;
  // INVARIANT: it ends: no lowering writes, by way of others, what it lowers, but one that leaves what it writes itself; so a path
  // through the table passes each at most once.
  for (let passes = 1; written?.some(isLowered) === true; passes++) {
    if (passes > lowerings.length) throw new Error("the table of lowerings has a circle");
    written = pass(model, await typesOf(model), lowerings);
  }
  return true;
}

/**
 * Lowers every node once, in their order. Returns the nodes that were written; undefined where none was lowered. Throws a CompileError
 * with the nodes of other domains that cannot be read: nobody reads them later.
 */
function pass(model: OnnxModel, types: ValueTypes, lowerings: readonly Lowering[]): NodeProto[] | undefined {
  const { graph } = model;
  const siteOf = surveyOf(model, types);
  const isOwn = ownFunctions(model);
  const aliases = new Map<string, string>();
  const after: NodeProto[] = [];
  const written: NodeProto[] = [];
  const faults = new Faults();
  let isChanged = false;
  for (const node of graph.node) {
    renameRead(node, aliases);
    const lowered = isOwn(node) ? undefined : lowerNode(siteOf(node), lowerings, isStandardDomain(node.domain) ? new Faults() : faults);
    if (lowered === undefined) {
      after.push(node);
      continue;
    }
    isChanged = true;
    after.push(...lowered.nodes);
    written.push(...lowered.nodes);
    graph.initializer.push(...(lowered.constants ?? []));
    for (const [name, value] of lowered.aliases ?? []) aliases.set(name, value);
  }
  faults.throwIfAny();
  graph.node = after;
  return isChanged ? written : undefined;
}

/** Has a node read other values, in its subgraphs, too. A name that a subgraph gives anew is another value there, and has no alias. */
function renameRead(node: NodeProto, aliases: ReadonlyMap<string, string>): void {
  if (aliases.size === 0) return;
  const renamed = (name: string): string => aliases.get(name) ?? name;
  node.input = node.input.map(renamed);
  for (const { g, graphs } of node.attribute) {
    for (const inner of g === undefined ? graphs : [g, ...graphs]) {
      for (const each of inner.node) renameRead(each, aliases);
      for (const output of inner.output) output.name = renamed(output.name);
    }
  }
}

/** What the first lowering that takes the node makes of it. One that cannot be read is left as it is, and why is noted. */
function lowerNode(site: Site, lowerings: readonly Lowering[], faults: Faults): Lowered | undefined {
  const operator = operatorOf(site.node);
  const own = lowerings.filter((lowering) => takenBy(lowering).includes(operator));
  return faults.attempt(nodeName(site.node), site.node.opType, () => {
    for (const { rewrite } of own) {
      const lowered = rewrite(site);
      if (lowered !== undefined) return lowered;
    }
    return undefined;
  });
}

/** Sees the nodes of a model one after the other. New names differ from all that stood there before, and from each other. */
function surveyOf(model: OnnxModel, types: ValueTypes): (node: NodeProto) => Site {
  const { graph } = model;
  const opset = opsetOf(model);
  const versions = new Map(model.opsetImport.map(({ domain, version }) => [domain, Number(version)]));
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const inputs = new Set(graph.input.map(({ name }) => name));
  const results = new Set(graph.output.map(({ name }) => name));
  const read = new Set([...results, ...graph.node.flatMap(namesRead)]);
  read.delete("");
  const given = [...graph.input, ...graph.initializer].map(({ name }) => name);
  const freshValue = freshNames([...given, ...graph.node.flatMap((node) => [...namesRead(node), ...node.output])]);
  const freshNode = freshNames(graph.node.map(nodeName));
  const known = (name: string): Known | undefined => {
    const tensor = constants.get(name);
    return tensor === undefined ? types.get(name) : knownConstant(tensor);
  };
  const ranges = rangesOf(model, types);
  return (node) => ({
    node,
    opset,
    version: isStandardDomain(node.domain) ? opset : (versions.get(node.domain) ?? 1),
    get attributes() {
      return new Attributes(node);
    },
    get inputs() {
      return node.input.map(known);
    },
    ranges,
    isRead: (value) => read.has(value),
    isGiven: (value) => inputs.has(value),
    isResult: (value) => results.has(value),
    value: (wish) => freshValue(`${node.output.find((name) => name !== "") ?? node.opType}/${wish}`),
    named: (wish) => freshNode(`${nodeName(node)}/${wish}`),
  });
}

function knownConstant(tensor: TensorProto): Known {
  const { dataType } = tensor;
  const dims = tensor.dims.map(Number);
  return isDType(dataType) ? { dtype: dataType, dims, constant: readConstant(tensor) } : { dtype: dataType, dims };
}
