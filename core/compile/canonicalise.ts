import { create } from "@bufbuild/protobuf";
import { sameBytes } from "../bytes.ts";
import type { Optimisation, Runtime } from "../runtime.ts";
import { encodeModel, isStandardDomain, namesRead, nodeName, opsetOf, parseModel, type ExternalData, type OnnxModel } from "../onnx/model.ts";
import {
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../onnx/onnx_pb.js";
import { readConstant, toDType } from "../onnx/tensor.ts";
import { CompileError, Faults, fileFault } from "../faults.ts";
import { convertedNodes, inventedNodes, unknownNodes } from "./foreign.ts";
import { runtimeReason, valueTypes } from "./shapes.ts";
import type { ValueTypes } from "./graph.ts";
import { isDType } from "../tensor/dtype.ts";

/** Sizes of symbolic dimensions, by symbol, or by `input:axis` where a dimension has no symbol. */
export type Dims = Readonly<Record<string, number>>;

/** IR 4 is the first in which an initializer need not be an input; older files are lifted to a common later one. */
const IR_VERSION = 8n;

/**
 * The canonical form of a publisher's model: static input shapes, the runtime's optimisation, then the few rewrites below,
 * all in one fixed order. The canonical form is what is published and run: nothing optimises it again.
 */
export async function canonicalise(source: OnnxModel, dims: Dims, runtime: Runtime, level: Optimisation): Promise<OnnxModel> {
  const unknown = unknownNodes(source);
  const faults = new Faults();
  faults.attempt("model", "", () => prepare(source, dims));
  faults.throwIfAny(unknown);
  let optimised: Uint8Array;
  try {
    optimised = await runtime.optimise(encodeModel(source), level);
  } catch (error) {
    // What the runtime says of an unknown node, or of what it made of it, would be a second reason for one fault.
    throw unknown.length > 0 ? new CompileError(unknown) : fileFault(`the runtime refuses it: ${runtimeReason(error)}`);
  }
  const model = parseModel(optimised, undefined, false);
  faults.push(convertedNodes(source, model));
  faults.throwIfAny(unknown);
  // What the runtime made of an unknown node is none of the publisher's.
  if (unknown.length > 0 && inventedNodes(source, model)) throw new CompileError(unknown);
  tidy(model);
  const types = await valueTypes(model, runtime).catch((error: unknown) => {
    throw unknown.length > 0 && error instanceof CompileError ? new CompileError(unknown) : error;
  });
  if (rewrite(model)) tidy(model);
  for (const output of model.graph.output) stateShape(output, types);
  return model;
}

/**
 * Reads a canonical file, which anybody may have made. It must be what the compiler writes, byte for byte where the form
 * leaves a choice: no functions that redefine an operator, no field that a runtime may know and this reader does not.
 */
export function readCanonical(file: Uint8Array): OnnxModel {
  const model = parseModel(file, undefined, false);
  tidy(model);
  if (!sameBytes(encodeModel(model), file)) throw fileFault("the file is not in canonical form");
  return model;
}

/** Binds the dimensions of the inputs and lifts old files to the form in which constants are no inputs. */
function prepare(model: OnnxModel, dims: Dims): void {
  const { graph } = model;
  const constants = new Set(graph.initializer.map(({ name }) => name));
  graph.input = graph.input.filter(({ name }) => !constants.has(name));
  if (model.irVersion < IR_VERSION) model.irVersion = IR_VERSION;
  model.trainingInfo = [];
  model.metadataProps = [];
  graph.valueInfo = [];
  graph.quantizationAnnotation = [];

  const faults = new Faults();
  const used = new Set<string>();
  for (const input of graph.input) bindInput(input, dims, used, faults);
  for (const name of Object.keys(dims)) {
    if (!used.has(name)) faults.add(name, "", "no input has a dimension of this name");
  }
  faults.throwIfAny();
  // The shapes that the file states for its outputs may still hold symbols; the runtime infers them anew.
  for (const { type } of graph.output) {
    if (type?.value.case === "tensorType") type.value.value.shape = undefined;
  }
}

function bindInput(input: ValueInfoProto, dims: Dims, used: Set<string>, faults: Faults): void {
  const { name, type } = input;
  if (type?.value.case !== "tensorType") return faults.add(name, "", "the input is not a tensor");
  const { shape, elemType } = type.value.value;
  faults.attempt(name, "", () => toDType(elemType));
  if (shape === undefined) return faults.add(name, "", "the input states no shape, so its rank is unknown");
  shape.dim.forEach((dim, axis) => {
    const symbol = dim.value.case === "dimParam" && dim.value.value !== "" ? dim.value.value : `${name}:${axis}`;
    if (dim.value.case === "dimValue") {
      if (dim.value.value < 1n) faults.add(name, "", `axis ${axis} of the input has the size ${dim.value.value}`);
    } else if (!Object.hasOwn(dims, symbol)) {
      faults.add(name, "", `axis ${axis} of the input has the symbolic size "${symbol}": bind it with --dim ${symbol}=<size>`);
    } else if (!Number.isInteger(dims[symbol]) || dims[symbol] < 1 || dims[symbol] >= 2 ** 32) {
      faults.add(name, "", `the size ${dims[symbol]} given for "${symbol}" is not a positive integer`);
    } else {
      shape.dim[axis] = create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(dims[symbol]) } });
    }
    used.add(symbol);
  });
}

/**
 * Drops nodes whose results nobody reads, which are no part of what the file computes, unless that leaves none. Says whether it
 * dropped any.
 */
export function dropUnread({ graph }: OnnxModel): boolean {
  const read = new Set(graph.output.map(({ name }) => name));
  const kept = graph.node
    .toReversed()
    .filter((node) => {
      const isRead = node.output.some((name) => read.has(name));
      if (isRead) for (const name of namesRead(node)) read.add(name);
      return isRead;
    })
    .reverse();
  if (kept.length === 0 || kept.length === graph.node.length) return false;
  graph.node = kept;
  return true;
}

/**
 * Brings the order of everything that has no meaningful order under one rule, and drops what says nothing about the
 * result, so that equal models have equal bytes.
 */
function tidy(model: OnnxModel): void {
  const { graph } = model;
  const foreign = new Set(graph.node.map(({ domain }) => domain).filter((domain) => !isStandardDomain(domain)));
  model.opsetImport = [
    create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opsetOf(model)) }),
    ...model.opsetImport.filter(({ domain }) => foreign.has(domain)),
  ];
  model.irVersion = model.irVersion < IR_VERSION ? IR_VERSION : model.irVersion;
  model.producerName = "";
  model.producerVersion = "";
  model.domain = "";
  model.docString = "";
  model.modelVersion = 0n;
  model.metadataProps = [];
  model.functions = [];
  model.trainingInfo = [];
  graph.docString = "";
  graph.valueInfo = [];
  graph.quantizationAnnotation = [];

  const read = new Set([...graph.output.map(({ name }) => name), ...graph.node.flatMap(namesRead)]);
  for (const node of graph.node) {
    node.docString = "";
    if (isStandardDomain(node.domain)) node.domain = "";
    node.attribute.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    // A mask that nobody reads is not asked for. To ask for another output is another mode of a BatchNormalization, and another
    // kernel of a MaxPool, which treats a NaN otherwise.
    if (node.opType === "Dropout") node.output = node.output.map((name, i) => (i === 0 || read.has(name) ? name : ""));
    while (node.output.length > 1 && node.output[node.output.length - 1] === "") node.output.pop();
    while (node.input.length > 0 && node.input[node.input.length - 1] === "") node.input.pop();
  }
  const place = new Map<string, number>();
  for (const name of graph.node.flatMap(({ input }) => input)) if (!place.has(name)) place.set(name, place.size);
  graph.initializer = graph.initializer
    .filter(({ name }) => read.has(name))
    .sort((a, b) => (place.get(a.name) ?? Infinity) - (place.get(b.name) ?? Infinity));
  graph.initializer = graph.initializer.map(plainTensor);
}

/** A constant with its data as raw bytes and nothing else; one of a type that nothing can read stays as it is. */
function plainTensor(tensor: TensorProto): TensorProto {
  if (!isDType(tensor.dataType)) return tensor;
  const { name, dims, dataType } = tensor;
  return create(TensorProtoSchema, { name, dims, dataType, rawData: readConstant(tensor).data });
}

/** States the inferred shape of an output, which the runtime writes in some cases and in some not. */
function stateShape({ name, type }: ValueInfoProto, types: ValueTypes): void {
  const dims = types.get(name)?.dims;
  if (type?.value.case !== "tensorType" || dims === undefined) return;
  const dim = dims.map((size) =>
    create(TensorShapeProto_DimensionSchema, typeof size === "number" ? { value: { case: "dimValue", value: BigInt(size) } } : {}),
  );
  type.value.value.shape = create(TensorShapeProtoSchema, { dim });
}

const isInference = (node: NodeProto): boolean => node.opType === "Dropout" && node.output.length === 1 && node.input.length < 3;

/**
 * Writes nodes in terms of operators that have a rule where the meaning is the same:
 * a Sum as additions from the left; what only passes its input on disappears, unless it names an output of the graph.
 */
function rewrite(model: OnnxModel): boolean {
  const { graph } = model;
  const before = graph.node;
  const after: NodeProto[] = [];
  const alias = new Map<string, string>();
  const outputs = new Set(graph.output.map(({ name }) => name));
  const values = [...graph.input, ...graph.initializer].map(({ name }) => name);
  const fresh = {
    value: freshNames([...values, ...before.flatMap((node) => [...namesRead(node), ...node.output])]),
    node: freshNames(before.map(nodeName)),
  };
  for (const node of before) {
    node.input = node.input.map((name) => alias.get(name) ?? name);
    if (node.domain !== "") after.push(node);
    else if ((node.opType === "Identity" || isInference(node)) && !outputs.has(node.output[0])) {
      alias.set(node.output[0], node.input[0]);
    } else if (node.opType === "Sum") after.push(...sumAsAdditions(node, fresh));
    else after.push(node);
  }
  graph.node = after;
  return after.length !== before.length || after.some((node, i) => node !== before[i]);
}

const plain = ({ name, input, output }: NodeProto) => ({ name, input, output });

type Fresh = (wish: string) => string;

/** Gives names that are not taken: the wished one, or that with a number behind it. */
function freshNames(names: readonly string[]): Fresh {
  const taken = new Set(names);
  return (wish) => {
    let name = wish;
    for (let i = 2; taken.has(name); i++) name = `${wish}_${i}`;
    taken.add(name);
    return name;
  };
}

function sumAsAdditions(node: NodeProto, fresh: { readonly value: Fresh; readonly node: Fresh }): NodeProto[] {
  if (node.input.length === 1) return [create(NodeProtoSchema, { ...plain(node), opType: "Identity" })];
  let left = node.input[0];
  return node.input.slice(1).map((right, i) => {
    const last = i === node.input.length - 2;
    const output = last ? node.output[0] : fresh.value(`${node.output[0]}/sum${i + 1}`);
    const add = create(NodeProtoSchema, {
      name: last ? node.name : fresh.node(`${nodeName(node)}/sum${i + 1}`),
      opType: "Add",
      input: [left, right],
      output: [output],
    });
    left = output;
    return add;
  });
}

/** A publisher's file, and the bytes that are run of it: the file as it is, unless its data lies outside or nobody reads a part. */
export function readSource(file: Uint8Array, externalData: ExternalData = new Map()): { model: OnnxModel; source: Uint8Array } {
  const model = parseModel(file, externalData);
  const isWhole = !dropUnread(model) && externalData.size === 0;
  return { model, source: isWhole ? file : encodeModel(model) };
}
