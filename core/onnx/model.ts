import { create, fromBinary } from "@bufbuild/protobuf";
import { Faults, fileFault, refuse, type Fault } from "../faults.ts";
import { isDType } from "../tensor/dtype.ts";
import { whyDeadly } from "./deadly.ts";
import { encodeModel } from "./encode.ts";
import { readConstant, type Constant } from "./tensor.ts";
import { GraphProtoSchema, ModelProtoSchema, TensorProto_DataLocation, ValueInfoProtoSchema } from "./onnx_pb.js";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto } from "./onnx_pb.js";

export { encodeModel };

/** What can be taken: the pinned runtime knows nothing newer, and older files carry another meaning. */
export const OPSETS = { min: 7, max: 26 } as const;
export const IR_VERSIONS = { min: 3, max: 13 } as const;

/** Bytes of the external data files by the location that the model gives. */
export type ExternalData = ReadonlyMap<string, Uint8Array>;

/** A model whose graph is present. */
export type OnnxModel = ModelProto & { graph: GraphProto };

/** A model and its bytes, so that neither is made of the other a second time. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly model: OnnxModel;
}

/** How a node is named to the publisher: by its name, or by what it computes. */
export const nodeName = (node: NodeProto): string => node.name || node.output.find((name) => name !== "") || node.opType;

/** The bytes of the standard domain's name: "" and "ai.onnx" mean the same. */
export const isStandardDomain = (domain: string): boolean => domain === "" || domain === "ai.onnx";

/** The operator of a node, with its domain before it where that is not the standard one: "ai.onnx.ml.Scaler". */
export const operatorOf = ({ domain, opType }: Pick<NodeProto, "domain" | "opType">): string =>
  isStandardDomain(domain) ? opType : `${domain}.${opType}`;

/** The standard operator set that the model imports. */
export function opsetOf(model: ModelProto): number {
  const versions = new Set(model.opsetImport.flatMap(({ domain, version }) => (isStandardDomain(domain) ? [Number(version)] : [])));
  if (versions.size === 0) throw fileFault("the standard operator set is not imported (opset_import)");
  // INVARIANT: one version. Of several the runtime takes the last: a reader that takes another has another model.
  if (versions.size > 1) {
    throw fileFault(`its imports of the standard operator set contradict each other: ${[...versions].join(" and ")} (opset_import); keep one`);
  }
  return [...versions][0];
}

/** Whether a model may mean operators that the pinned runtime does not know yet: which ones these are is no news of its own. */
export const isNewer = ({ opsetImport }: ModelProto): boolean => opsetImport.some(({ domain, version }) => isStandardDomain(domain) && Number(version) > OPSETS.max);

const subgraphs = ({ attribute }: NodeProto): GraphProto[] => attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));

/** The names that a node reads, those that its subgraphs read included. */
export function namesRead(node: NodeProto): string[] {
  const inner = subgraphs(node).flatMap((graph) => [...graph.node.flatMap(namesRead), ...graph.output.map(({ name }) => name)]);
  return [...node.input, ...inner];
}

/** The nodes with those of their subgraphs. */
const withInner = (nodes: readonly NodeProto[]): NodeProto[] =>
  nodes.flatMap((node) => [node, ...subgraphs(node).flatMap((graph) => withInner(graph.node))]);

/** Notes every node on which the runtime may end the process. */
function refuseDeadly(nodes: readonly NodeProto[], opset: number, faults: Faults): void {
  for (const node of withInner(nodes)) {
    const why = isStandardDomain(node.domain) ? whyDeadly(node, opset) : undefined;
    if (why !== undefined) faults.add(nodeName(node), node.opType, why);
  }
}

/** Largest field number of ModelProto: what carries another at its top level is some other kind of file. */
const LAST_MODEL_FIELD = 26;

/**
 * Says what is wrong with bytes that do not decode, by walking over the fields of the top level: a file that starts as
 * a model and ends inside a field was cut off.
 */
function diagnose(file: Uint8Array): string {
  let at = 0;
  const varint = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      if (at >= file.length) return undefined;
      const byte = file[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return NaN;
  };
  for (let first = true; at < file.length; first = false) {
    const tag = varint();
    if (tag === undefined) return first ? "not an ONNX file" : "the file is truncated";
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (!(field >= 1 && field <= LAST_MODEL_FIELD) || (wire !== 0 && wire !== 2)) {
      return first ? "not an ONNX file" : `not an ONNX file, or damaged: unexpected data at byte ${at}`;
    }
    const value = varint();
    if (value === undefined) return "the file is truncated";
    if (wire === 2) {
      if (at + value > file.length) {
        return first ? "not an ONNX file" : `the file is truncated: ${at + value - file.length} bytes are missing`;
      }
      at += value;
    }
  }
  return "the file is damaged: it has the outer form of an ONNX model, its inside cannot be read";
}

/**
 * Decodes a file that states to be an ONNX model; nothing else of it is checked (see checkModel). Fields that this reader does not
 * know are kept for the runtime where that is asked for.
 */
export function decodeModel(file: Uint8Array, readUnknownFields: boolean): ModelProto {
  if (file.length === 0) throw fileFault("the file is empty");
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, file, { readUnknownFields });
  } catch {
    throw fileFault(diagnose(file));
  }
  // Foreign bytes may happen to decode as unknown fields: a model says its IR version.
  if (model.irVersion === 0n) throw fileFault("not an ONNX file: it states no IR version");
  return model;
}

const entry = (tensor: TensorProto, key: string): string | undefined => tensor.externalData.find((e) => e.key === key)?.value;
const isExternal = (tensor: TensorProto): boolean => tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;

/** Every tensor of a graph, those of its subgraphs included: the runtime would load them all. */
function* tensorsOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const sparse of graph.sparseInitializer) yield* partsOf(sparse);
  for (const node of graph.node) yield* attributeTensors(node);
}

function* attributeTensors(node: NodeProto): Generator<TensorProto> {
  for (const { t, g, tensors, graphs, sparseTensor, sparseTensors } of node.attribute) {
    if (t !== undefined) yield t;
    yield* tensors;
    if (g !== undefined) yield* tensorsOf(g);
    for (const graph of graphs) yield* tensorsOf(graph);
    for (const sparse of sparseTensor === undefined ? sparseTensors : [sparseTensor, ...sparseTensors]) yield* partsOf(sparse);
  }
}

const partsOf = ({ values, indices }: SparseTensorProto): TensorProto[] => [values, indices].filter((part) => part !== undefined);

/** Every tensor of a model, those of its functions included. */
function* allTensors(model: ModelProto): Generator<TensorProto> {
  if (model.graph !== undefined) yield* tensorsOf(model.graph);
  for (const { node } of model.functions) for (const inner of node) yield* attributeTensors(inner);
}

/** Locations of the external data files that a model needs beside it. */
export function externalLocations(model: ModelProto): string[] {
  const locations = [...allTensors(model)].filter(isExternal).map((tensor) => entry(tensor, "location") ?? "");
  return [...new Set(locations)];
}

/** Takes external data into the tensor itself. */
function embed(tensor: TensorProto, external: ExternalData): void {
  const location = entry(tensor, "location");
  if (location === undefined || location === "") return refuse("its data is external, but no file is named");
  if (/^([\\/]|[A-Za-z]:)|(^|[\\/])\.\.([\\/]|$)/.test(location)) refuse(`its external data "${location}" lies outside the model's folder`);
  const file = external.get(location);
  if (file === undefined) return refuse(`its external data file "${location}" is missing`);
  const offset = Number(entry(tensor, "offset") ?? 0);
  const length = Number(entry(tensor, "length") ?? file.length - offset);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > file.length) {
    refuse(`its external data [${offset}, ${offset + length}) exceeds the ${file.length} bytes of "${location}"`);
  }
  tensor.rawData = file.slice(offset, offset + length);
  tensor.externalData = [];
  tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
}

/** Reads an ONNX file of one piece, and checks it. Fields that this reader does not know are kept unless `keepUnknown` is false. */
export const parseModel = (file: Uint8Array, keepUnknown = true): OnnxModel => checkModel(decodeModel(file, keepUnknown));

/**
 * Checks of a model what no later step could explain: that it is whole, of a known version, with all its data, which is taken into
 * it. Throws a CompileError with every such fault.
 * @param others further faults of the model, which are told beside these
 */
export function checkModel(model: ModelProto, external: ExternalData = new Map(), others: (model: OnnxModel) => Fault[] = () => []): OnnxModel {
  const { graph } = model;
  if (graph === undefined) throw fileFault("the model has no graph");

  const faults = new Faults();
  const ir = Number(model.irVersion);
  if (ir < IR_VERSIONS.min || ir > IR_VERSIONS.max) {
    faults.add("model", "", `IR version ${ir} is not supported: ${IR_VERSIONS.min} to ${IR_VERSIONS.max} are`);
  }
  faults.attempt("model", "", () => {
    const opset = opsetOf(model);
    if (opset > OPSETS.max) refuse(`opset ${opset} is not supported: onnxruntime 1.30, which runs every model, knows opsets up to ${OPSETS.max}; export the model with one of ${OPSETS.min} to ${OPSETS.max}`);
    if (opset < OPSETS.min) refuse(`opset ${opset} is not supported: ${OPSETS.min} to ${OPSETS.max} are; convert the model to one of them`);
  });
  for (const { nodes, imports } of [
    { nodes: graph.node, imports: model.opsetImport },
    ...model.functions.map(({ node, opsetImport }) => ({ nodes: node, imports: opsetImport })),
  ]) {
    const opset = imports.findLast(({ domain }) => isStandardDomain(domain))?.version;
    refuseDeadly(nodes, Number(opset ?? OPSETS.max), faults);
  }
  if (graph.node.length === 0) faults.add("model", "", "the graph has no nodes");
  if (graph.output.length === 0) faults.add("model", "", "the graph has no outputs");
  for (const sparse of graph.sparseInitializer) {
    faults.add(sparse.values?.name || "initializer", "", "sparse initializers are not supported");
  }
  for (const tensor of allTensors(model)) {
    if (isExternal(tensor)) faults.attempt(tensor.name || "tensor", "", () => embed(tensor, external));
  }
  // A type that no tensor may have is refused where a node reads it.
  for (const tensor of graph.initializer) {
    if (!isExternal(tensor) && isDType(tensor.dataType)) faults.attempt(tensor.name, "", () => readConstant(tensor));
  }
  if (faults.list().length > 0) faults.throwIfAny(others(model as OnnxModel));
  return model as OnnxModel;
}

/** The nodes of operators outside standard ONNX that the file does not define itself. */
export function foreignNodes(model: OnnxModel): NodeProto[] {
  const isOwn = ownFunctions(model);
  return model.graph.node.filter((node) => !isStandardDomain(node.domain) && !isOwn(node));
}

/** Tells of a node whether its operator is a function that the file defines itself. */
export function ownFunctions({ functions }: OnnxModel): (node: NodeProto) => boolean {
  const own = new Set(functions.map(({ domain, name }) => operatorOf({ domain, opType: name })));
  return (node) => own.has(operatorOf(node));
}

export const whyForeign = ({ domain }: NodeProto): string => `the operator belongs to "${domain}", not to standard ONNX`;

/**
 * The bytes, in parts, of the same model with every value that a node computes among its outputs. Protobuf merges a message that stands there
 * twice, and of lists in it appends the second to the first: so the other outputs follow behind the bytes of the model.
 */
export function exposed({ bytes, model: { graph } }: ModelFile): Uint8Array[] {
  const known = new Set(graph.output.map(({ name }) => name));
  const others = [...new Set(graph.node.flatMap(({ output }) => output))].filter((name) => name !== "" && !known.has(name));
  const output = others.map((name) => create(ValueInfoProtoSchema, { name }));
  return [bytes, encodeModel(create(ModelProtoSchema, { graph: create(GraphProtoSchema, { output }) }))];
}

/** A node's attributes, each of the type that is asked for. Refuses the node where one has another type. */
export class Attributes {
  readonly #byName: Map<string, AttributeProto>;
  readonly #read = new Set<string>();

  constructor(node: NodeProto) {
    this.#byName = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
    if (this.#byName.size !== node.attribute.length) refuse("it has two attributes of one name");
    for (const { name, refAttrName } of node.attribute) {
      if (refAttrName !== "") refuse(`the attribute ${name} refers to a function's parameter`);
    }
  }

  #get(name: string, type: number): AttributeProto | undefined {
    this.#read.add(name);
    const attribute = this.#byName.get(name);
    if (attribute !== undefined && Number(attribute.type) !== type) refuse(`the attribute ${name} has the wrong type`);
    return attribute;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  float(name: string, absent: number): number {
    return this.#get(name, 1)?.f ?? absent;
  }

  int(name: string, absent: number): number {
    const value = this.#get(name, 2)?.i;
    return value === undefined ? absent : toInt32(name, value);
  }

  text(name: string, absent: string): string {
    const value = this.#get(name, 3)?.s;
    return value === undefined ? absent : new TextDecoder().decode(value);
  }

  texts(name: string): string[] | undefined {
    return this.#get(name, 8)?.strings.map((value) => new TextDecoder().decode(value));
  }

  ints(name: string): number[] | undefined {
    return this.#get(name, 7)?.ints.map((value) => toInt32(name, value));
  }

  /** Integers that may be of any size: beyond 2⁵³ they are rounded. */
  wideInts(name: string): number[] | undefined {
    return this.#get(name, 7)?.ints.map(Number);
  }

  /** An integer with all its bits. */
  bigint(name: string): bigint | undefined {
    return this.#get(name, 2)?.i;
  }

  /** Integers with all their bits. */
  bigints(name: string): bigint[] | undefined {
    return this.#get(name, 7)?.ints;
  }

  floats(name: string): number[] | undefined {
    return this.#get(name, 6)?.floats;
  }

  tensor(name: string): Constant | undefined {
    const tensor = this.#get(name, 4)?.t;
    return tensor && readConstant(tensor);
  }

  /** Marks an attribute as known where its value does not matter. */
  ignore(...names: string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Refuses attributes that nobody asked for: they might change the operator's meaning. */
  refuseOthers(): void {
    const others = [...this.#byName.keys()].filter((name) => !this.#read.has(name));
    if (others.length > 0) refuse(`the attribute ${others.join(", ")} is not supported`);
  }
}

function toInt32(name: string, value: bigint): number {
  if (BigInt.asIntN(32, value) !== value) refuse(`the attribute ${name} is out of range: ${value}`);
  return Number(value);
}


/** The names of a file's inputs and outputs, in their order. */
export function boundaryNames(file: Uint8Array): { inputs: string[]; outputs: string[] } {
  const { graph } = decodeModel(file, false);
  const constants = new Set(graph?.initializer.map(({ name }) => name));
  const names = (list: readonly { name: string }[] = []) => list.map(({ name }) => name);
  return { inputs: names(graph?.input).filter((name) => !constants.has(name)), outputs: names(graph?.output) };
}
