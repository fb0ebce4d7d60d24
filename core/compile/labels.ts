import { create } from "@bufbuild/protobuf";
import { encodeModel, namesRead, operatorOf, type ModelFile, type OnnxModel } from "../onnx/model.ts";
import { AttributeProtoSchema, TensorProtoSchema, TypeProto_TensorSchema, TypeProtoSchema, type AttributeProto, type NodeProto, type TensorProto } from "../onnx/onnx_pb.js";
import { DType } from "../tensor/dtype.ts";
import { ML } from "./lower/ml/domain.ts";

/** ONNX's code of text, which no tensor of a program has. */
const TEXT = 8;
const INTS = 7;

/**
 * What the numbers of an output stand for, by its name: the texts that its elements 0, 1, … are the places of, or those of the columns of
 * a tensor that was a list of maps.
 */
export type Labels = ReadonlyMap<string, readonly string[]>;

/** A publisher's file whose results are tensors of numbers, and what these stand for. */
export interface LabelledFile extends ModelFile {
  readonly labels: Labels;
}

/** The attribute of a classifier that holds texts, and the one for whole numbers in its place. */
const CLASSIFIERS: ReadonlyMap<string, readonly [texts: string, numbers: string]> = new Map([
  [`${ML}.TreeEnsembleClassifier`, ["classlabels_strings", "classlabels_int64s"]],
  [`${ML}.LinearClassifier`, ["classlabels_strings", "classlabels_ints"]],
  [`${ML}.SVMClassifier`, ["classlabels_strings", "classlabels_ints"]],
]);

/** Operators that take elements of their first input as they are. */
const MOVES: ReadonlySet<string> = new Set([
  ...["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Expand", "Tile", "Gather", "GatherElements", "GatherND"],
  `${ML}.ArrayFeatureExtractor`,
]);

/**
 * The same file with tensors of numbers as results: of a list of maps (ZipMap) their values remain, and texts become their places in
 * the list that they are taken from. Texts that are computed with, or read, stay as they are.
 */
export function withoutTexts(file: ModelFile): LabelledFile {
  const { model } = file;
  const texts = textsOf(model);
  const [isUnpacked, columns] = unpack(model);
  const isCoded = texts !== undefined && texts.size > 0;
  if (isCoded) encode(model, texts);
  const outputs = new Set(model.graph.output.map(({ name }) => name));
  const labels = new Map([...columns, ...(texts ?? [])].filter(([name]) => outputs.has(name)));
  return isUnpacked || isCoded ? { model, bytes: encodeModel(model), labels } : { ...file, labels };
}

const decode = (texts: readonly Uint8Array[]): string[] => texts.map((text) => new TextDecoder().decode(text));

/** Every list of maps that is a result becomes the tensor that it is made of. Says whether there was one, and the labels of its columns. */
function unpack({ graph }: OnnxModel): readonly [boolean, Labels] {
  const columns = new Map<string, readonly string[]>();
  const results = new Map(graph.output.map((output) => [output.name, output]));
  const read = new Set(graph.node.flatMap(namesRead));
  let isUnpacked = false;
  for (const node of graph.node) {
    const output = results.get(node.output[0]);
    if (operatorOf(node) !== `${ML}.ZipMap` || output === undefined || read.has(output.name)) continue;
    isUnpacked = true;
    const [names, numbers] = ["classlabels_strings", "classlabels_int64s"].map((name) => node.attribute.find((attribute) => attribute.name === name));
    columns.set(output.name, names?.strings.length ? decode(names.strings) : (numbers?.ints.map(String) ?? []));
    Object.assign(node, { domain: "", opType: "Identity", attribute: [] });
    const tensor = create(TypeProto_TensorSchema, { elemType: DType.float32 });
    output.type = create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } });
  }
  return [isUnpacked, columns];
}

/** The texts that every value of type text is taken from, in their order; undefined where one is read by what does not only move them. */
function textsOf({ graph }: OnnxModel): Map<string, readonly string[]> | undefined {
  const texts = new Map<string, readonly string[]>(graph.initializer.filter(isText).map((tensor) => [tensor.name, decode(tensor.stringData)]));
  for (const node of graph.node) {
    const made = textsMadeBy(node);
    const moved = texts.get(node.input[0]);
    if (made !== undefined) texts.set(node.output[0], made);
    if (moved !== undefined && MOVES.has(operatorOf(node))) texts.set(node.output[0], moved);
    else if (namesRead(node).some((name) => texts.has(name))) return undefined;
  }
  return texts;
}

const isText = ({ dataType }: TensorProto): boolean => dataType === TEXT;

const named = ({ attribute }: NodeProto, name: string | undefined): AttributeProto | undefined => attribute.find((each) => each.name === name);

/** The texts of which a node's first output gives one for every element; undefined where it gives none. */
function textsMadeBy(node: NodeProto): readonly string[] | undefined {
  const operator = operatorOf(node);
  const list = named(node, CLASSIFIERS.get(operator)?.[0]) ?? named(node, operator === `${ML}.LabelEncoder` ? "values_strings" : undefined);
  if (list !== undefined && list.strings.length > 0) return operator === `${ML}.LabelEncoder` ? [...new Set([...decode(list.strings), elseOf(node)])] : decode(list.strings);
  const constant = operator === "Constant" ? node.attribute.find(({ t }) => t !== undefined && isText(t))?.t : undefined;
  return constant && decode(constant.stringData);
}

/** What an encoder gives for what it does not know. */
function elseOf(node: NodeProto): string {
  const other = named(node, "default_string");
  return other === undefined ? "_Unused" : new TextDecoder().decode(other.s);
}

const integers = (name: string, values: readonly number[]): AttributeProto => create(AttributeProtoSchema, { name, type: INTS, ints: values.map(BigInt) });

/** The places 0, 1, … in the place of texts. */
const placesOf = ({ name, dims, stringData }: TensorProto): TensorProto =>
  create(TensorProtoSchema, { name, dims, dataType: DType.int64, rawData: new Uint8Array(BigInt64Array.from(stringData, (_, i) => BigInt(i)).buffer) });

/** Writes places in the place of texts wherever these are made. */
function encode({ graph }: OnnxModel, texts: Labels): void {
  graph.initializer = graph.initializer.map((tensor) => (isText(tensor) ? placesOf(tensor) : tensor));
  for (const node of graph.node) {
    const own = texts.get(node.output[0]);
    if (own === undefined || textsMadeBy(node) === undefined) continue;
    const operator = operatorOf(node);
    const classifier = CLASSIFIERS.get(operator);
    if (classifier !== undefined) {
      const others = node.attribute.filter(({ name }) => !classifier.includes(name));
      node.attribute = [...others, integers(classifier[1], own.map((_, i) => i))];
    } else if (operator === "Constant") {
      for (const attribute of node.attribute) if (attribute.t !== undefined) attribute.t = placesOf(attribute.t);
    } else {
      const values = decode(named(node, "values_strings")!.strings);
      const others = node.attribute.filter(({ name }) => name !== "values_strings" && name !== "default_string");
      const other = create(AttributeProtoSchema, { name: "default_int64", type: 2, i: BigInt(own.indexOf(elseOf(node))) });
      node.attribute = [...others, integers("values_int64s", values.map((value) => own.indexOf(value))), other];
    }
  }
  for (const { name, type } of graph.output) {
    if (texts.has(name) && type?.value.case === "tensorType") type.value.value.elemType = DType.int64;
  }
}

/** What an output's numbers stand for, for people: a line for each output that has labels. */
export const labelLines = (labels: Labels): string[] =>
  [...labels].map(([name, texts]) => `labels        ${name}: ${texts.map((text, place) => `${place} is ${JSON.stringify(text)}`).join(", ")}`);
