import { create } from "@bufbuild/protobuf";
import type { Fault } from "../faults.ts";
import { encodeModel, namesRead, nodeName, type ModelFile, type OnnxModel } from "../onnx/model.ts";
import { AttributeProtoSchema, NodeProtoSchema, type AttributeProto, type GraphProto, type NodeProto, type TensorProto, type ValueInfoProto } from "../onnx/onnx_pb.js";
import { constantOf, numbersOf, readConstant } from "../onnx/tensor.ts";
import { OPERATORS } from "../operators/index.ts";
import { DType, type DType as DTypeCode } from "../tensor/dtype.ts";
import type { Form } from "./form.ts";
import { ML } from "./lower/ml/domain.ts";

/** ONNX's code of bfloat16, which no tensor of a program has. */
const BFLOAT16 = 16;

/** Types that are computed in float32 instead. */
type Types = ReadonlySet<number>;
const OTHERS: Types = new Set([DType.float16, DType.float64]);
const UPPER_HALVES: Types = new Set([BFLOAT16]);

/** Attributes that are element types. */
const TYPES: ReadonlySet<string> = new Set(["to", "dtype", "output_dtype", "output_datatype", "stash_type", "softmax_precision", "precision"]);

/** What only moves elements, beside operators of a program. */
const MOVES: ReadonlySet<string> = new Set(["Constant", "Split", "Shape", "Size", "BitCast"]);
const SIZES: ReadonlySet<string> = new Set(["Shape", "Size"]);

/** Element types that the results of an operator may have where it is judged as it is. */
const JUDGED: ReadonlyMap<string, readonly DTypeCode[]> = new Map(OPERATORS.flatMap(({ onnx, types }) => Object.keys(onnx).map((op) => [op, types] as const)));

/** Whether an operator is judged on numbers of that type: it moves them, or computes with them, or compares them. */
function isJudged(op: string, dtype: number): boolean {
  const types = JUDGED.get(op);
  return MOVES.has(op) || (types !== undefined && (types.some((type) => type === dtype) || types.every((type) => type === DType.bool)));
}

/** The nodes that compute in float16 or float64 what is not judged. */
function otherwise({ graph }: OnnxModel): NodeProto[] {
  const states = ofTypes(OTHERS);
  const others = new Map<string, number>();
  for (const { name, dataType } of graph.initializer) if (OTHERS.has(dataType)) others.set(name, dataType);
  for (const value of graph.input) if (OTHERS.has(typeOf(value))) others.set(value.name, typeOf(value));
  return graph.node.filter((node) => {
    const { opType, domain } = node;
    const stated = node.attribute.filter(states).map(({ i, t }) => t?.dataType ?? Number(i));
    const read = [...namesRead(node).flatMap((name) => others.get(name) ?? []), ...(opType === "Cast" ? [] : stated)];
    // Trees compare numbers of any type as they are, and the other classical models take float32 of them.
    const isClassical = domain === ML;
    const types = JUDGED.get(opType);
    const keeps = isClassical ? opType === "TreeEnsemble" : !SIZES.has(opType) && types?.every((type) => type === DType.bool) !== true;
    const [made] = opType === "Cast" ? stated : keeps ? read : [];
    if (made !== undefined) for (const name of node.output) others.set(name, made);
    return !isClassical && read.some((dtype) => !isJudged(opType, dtype));
  });
}

/** Whether an attribute states such a type, or is a tensor of it. */
const ofTypes =
  (types: Types) =>
  ({ name, i, t }: AttributeProto): boolean =>
    (TYPES.has(name) && types.has(Number(i))) || (t !== undefined && types.has(t.dataType));

const typeOf = ({ type }: ValueInfoProto): number => (type?.value.case === "tensorType" ? type.value.value.elemType : 0);

function setType({ type }: ValueInfoProto, dtype: number): void {
  if (type?.value.case === "tensorType") type.value.value.elemType = dtype;
}

/**
 * A file whose bfloat16 values, inputs and outputs among them, are float32 instead. Their numbers are the upper halves of float32
 * numbers. Rationale: the runtime computes next to nothing in bfloat16 on a CPU, so there is no result to compare with but this.
 */
export function withoutBfloat16(file: ModelFile): ModelFile {
  const { model } = file;
  const states = ofTypes(UPPER_HALVES);
  const values = [...model.graph.input, ...model.graph.output];
  const isThere =
    values.some((value) => typeOf(value) === BFLOAT16) ||
    model.graph.initializer.some(({ dataType }) => dataType === BFLOAT16) ||
    [...model.graph.node, ...model.functions.flatMap(({ node }) => node)].some(({ attribute }) => attribute.some(states));
  if (!isThere) return file;
  convertModel(model, UPPER_HALVES);
  return { model, bytes: encodeModel(model) };
}

/**
 * Lets a model that computes in float16 or float64 compute in float32: its constants are rounded, or widened, and every value in
 * between has that type. Inputs and outputs keep theirs, with a Cast behind or before them. In the form `source` such nodes are at
 * fault.
 */
export function inFloat32(model: OnnxModel, form: Form): Fault[] {
  const { graph } = model;
  const others = otherwise(model);
  if (others.length === 0) return [];
  if (form === "source") return others.map((node) => ({ name: nodeName(node), op: node.opType, why: SOURCE }));
  const taken = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
  for (const node of graph.node) for (const name of [node.name, ...namesRead(node), ...node.output]) taken.add(name);
  const fresh = (wish: string): string => {
    let name = wish;
    while (taken.has(name)) name += "_";
    taken.add(name);
    return name;
  };
  const kept = (values: readonly ValueInfoProto[]) => values.map((value) => ({ value, dtype: typeOf(value) })).filter(({ dtype }) => OTHERS.has(dtype));
  const [given, results] = [kept(graph.input), kept(graph.output)];
  const names = new Map([...given, ...results].map(({ value: { name } }) => [name, fresh(`${name}/float32`)]));
  convertModel(model, OTHERS);
  renameIn(graph, names);
  for (const { value, dtype } of [...given, ...results]) setType(value, dtype);
  const castOf = (from: string, to: string, dtype: number): NodeProto =>
    create(NodeProtoSchema, {
      name: fresh(`${to}/cast`),
      opType: "Cast",
      input: [from],
      output: [to],
      attribute: [create(AttributeProtoSchema, { name: "to", type: 2, i: BigInt(dtype) })],
    });
  const passed = new Set(given.map(({ value }) => value.name));
  graph.node = [
    ...given.map(({ value: { name } }) => castOf(name, names.get(name)!, DType.float32)),
    ...graph.node,
    ...results.flatMap(({ value: { name }, dtype }) => (passed.has(name) ? [] : [castOf(names.get(name)!, name, dtype)])),
  ];
  return [];
}

const SOURCE = "it computes in float16 or float64, of which no result is judged; the portable form computes in float32 instead";

function convertModel({ graph, functions }: OnnxModel, types: Types): void {
  convertGraph(graph, types);
  for (const { node } of functions) convertNodes(node, types);
}

function convertGraph(graph: GraphProto, types: Types): void {
  graph.initializer = graph.initializer.map((tensor) => converted(tensor, types));
  for (const value of [...graph.input, ...graph.output, ...graph.valueInfo]) if (types.has(typeOf(value))) setType(value, DType.float32);
  convertNodes(graph.node, types);
}

function convertNodes(nodes: readonly NodeProto[], types: Types): void {
  for (const attribute of nodes.flatMap((node) => node.attribute)) {
    if (attribute.t !== undefined) attribute.t = converted(attribute.t, types);
    attribute.tensors = attribute.tensors.map((tensor) => converted(tensor, types));
    if (TYPES.has(attribute.name) && types.has(Number(attribute.i))) attribute.i = BigInt(DType.float32);
    for (const graph of attribute.g === undefined ? attribute.graphs : [attribute.g]) convertGraph(graph, types);
  }
}

/** A tensor of such a type as float32. */
function converted(tensor: TensorProto, types: Types): TensorProto {
  if (!types.has(tensor.dataType)) return tensor;
  const values = tensor.dataType === BFLOAT16 ? bfloat16s(tensor) : Float32Array.from(numbersOf(readConstant(tensor)));
  return constantOf(tensor.name, { dtype: DType.float32, dims: tensor.dims.map(Number), data: new Uint8Array(values.buffer) });
}

/** The upper halves of float32 numbers. */
function bfloat16s({ rawData, int32Data }: TensorProto): Float32Array {
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const halves = rawData.length > 0 ? Array.from({ length: rawData.length / 2 }, (_, i) => view.getUint16(2 * i, true)) : int32Data;
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/** Renames values of a graph where its nodes read and make them, in subgraphs as far as these do not name others so. */
function renameIn({ node: nodes }: GraphProto, names: ReadonlyMap<string, string>): void {
  if (names.size === 0) return;
  const renamed = (name: string): string => names.get(name) ?? name;
  for (const node of nodes) {
    node.input = node.input.map(renamed);
    node.output = node.output.map(renamed);
    for (const { g, graphs } of node.attribute) {
      for (const graph of g === undefined ? graphs : [g]) {
        const own = new Set([...graph.input, ...graph.initializer].map(({ name }) => name).concat(graph.node.flatMap(({ output }) => output)));
        const outer = new Map([...names].filter(([name]) => !own.has(name)));
        renameIn(graph, outer);
        for (const value of graph.output) value.name = outer.get(value.name) ?? value.name;
      }
    }
  }
}
