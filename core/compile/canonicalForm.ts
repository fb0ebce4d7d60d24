import { create } from "@bufbuild/protobuf";
import { sha256 } from "../digest.ts";
import { fileFault } from "../faults.ts";
import { isEncoding } from "../onnx/encode.ts";
import { isStandardDomain, namesRead, opsetOf, parseModel, type ModelFile, type OnnxModel } from "../onnx/model.ts";
import { OperatorSetIdProtoSchema, type TensorProto } from "../onnx/onnx_pb.js";
import { constantOf, readConstant } from "../onnx/tensor.ts";
import { isDType } from "../tensor/dtype.ts";

/** IR 4 is the first in which an initializer need not be an input; older files are lifted to a common later one. */
export const IR_VERSION = 8n;

/** A canonical file: its bytes, what they say, and their SHA-256 as it is stated. */
export interface CanonicalFile extends ModelFile {
  readonly digest: string;
}

/**
 * Reads a canonical file, which anybody may have made. It must be what the compiler writes, byte for byte where the form
 * leaves a choice: no functions that redefine an operator, no field that a runtime may know and this reader does not.
 */
export function readCanonical(bytes: Uint8Array, digest = sha256(bytes)): CanonicalFile {
  const model = parseModel(bytes, false);
  tidy(model);
  if (!isEncoding(model, bytes)) throw fileFault("the file is not in canonical form");
  return { bytes, model, digest };
}

/**
 * Brings the order of everything that has no meaningful order under one rule, and drops what says nothing about the
 * result, so that equal models have equal bytes.
 */
export function tidy(model: OnnxModel): void {
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
  return constantOf(tensor.name, readConstant(tensor));
}
