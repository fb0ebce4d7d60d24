import { create } from "@bufbuild/protobuf";
import { CompileError, Faults, type Fault } from "../faults.ts";
import { checkModel, decodeModel, encodeModel, externalLocations, namesRead, type ExternalData, type OnnxModel } from "../onnx/model.ts";
import { TensorProtoSchema, type GraphProto, type TensorShapeProto_Dimension, type ValueInfoProto } from "../onnx/onnx_pb.js";
import { toDType } from "../onnx/tensor.ts";
import { isDType } from "../tensor/dtype.ts";
import { IR_VERSION } from "./canonicalForm.ts";
import { withStepsFirst } from "./inline/layout.ts";
import { liftOpset } from "./liftOpset.ts";
import { withoutTexts, type LabelledFile } from "./labels.ts";
import { bindValues, type InputValues } from "./values.ts";

/** Sizes of symbolic dimensions, by symbol, or by `input:axis` where a dimension has no symbol. */
export type Dims = Readonly<Record<string, number>>;

/** What is fixed of a model when it is compiled. */
export interface Bound {
  readonly dims?: Dims;
  readonly values?: InputValues;
}

/** Types of values that are no tensors, in words. */
const KINDS: Readonly<Record<string, string>> = { sequenceType: "a sequence", optionalType: "an optional value", mapType: "a map", sparseTensorType: "a sparse tensor" };

/** Gives the external data at the locations that a model names, as far as there is any. */
export type OpenExternal = (locations: readonly string[]) => ExternalData | Promise<ExternalData>;

/**
 * A publisher's file, with the bytes that are run of it: as they are, unless its data lies outside, values of inputs are given, nobody
 * reads a part, the runtime knows a node only in another layout or a later operator set, or its results are no tensors of numbers.
 * @param others further faults of a file that cannot be read whole
 */
export async function readSource(
  file: Uint8Array,
  external: OpenExternal = () => new Map(),
  { dims, values = {} }: Bound = {},
  others?: (model: OnnxModel) => Fault[],
): Promise<LabelledFile> {
  const decoded = decodeModel(file, true);
  const isLifted = liftOpset(decoded);
  const locations = externalLocations(decoded);
  const model = checkModel(decoded, locations.length === 0 ? undefined : await external(locations), others);
  // All are done, whichever of them changes anything.
  const changes = [isLifted, bindValues(model, values, dims), dropUnread(model), withStepsFirst(model)];
  const isWhole = !changes.includes(true) && locations.length === 0;
  return withoutTexts({ model, bytes: isWhole ? file : encodeModel(model) });
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

/** Binds the dimensions of the inputs and lifts old files to the form in which constants are no inputs. */
export function prepare(model: OnnxModel, dims: Dims): void {
  const { graph } = model;
  const faults = bindingFaults(model, dims);
  if (faults.length > 0) throw new CompileError(faults);
  graph.input = givenInputs(model);
  if (model.irVersion < IR_VERSION) model.irVersion = IR_VERSION;
  model.trainingInfo = [];
  model.metadataProps = [];
  graph.valueInfo = [];
  graph.quantizationAnnotation = [];
  for (const input of graph.input) bindInput(input, dims);
  fixEmpty(graph);
  // The shapes that the file states for its outputs may still hold symbols; the runtime infers them anew.
  for (const { type } of graph.output) {
    if (type?.value.case === "tensorType") type.value.value.shape = undefined;
  }
}

/** The inputs that whoever runs the model gives: below IR version 4 constants stand among them. */
function givenInputs({ graph }: OnnxModel): ValueInfoProto[] {
  const constants = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !constants.has(name));
}

/** Under which name a dimension is bound; undefined of one that has a size. */
function symbolOf({ value }: TensorShapeProto_Dimension, input: string, axis: number): string | undefined {
  if (value.case === "dimValue") return undefined;
  return value.case === "dimParam" && value.value !== "" ? value.value : `${input}:${axis}`;
}

function bindInput({ name, type }: ValueInfoProto, dims: Dims): void {
  if (type?.value.case !== "tensorType") return;
  type.value.value.shape?.dim.forEach((dim, axis) => {
    const symbol = symbolOf(dim, name, axis);
    if (symbol !== undefined) dim.value = { case: "dimValue", value: BigInt(dims[symbol]) };
  });
}

/** An input without elements has one value: it becomes a constant, for a job could not give it. */
function fixEmpty(graph: GraphProto): void {
  const dimsOf = ({ type }: ValueInfoProto): bigint[] =>
    type?.value.case === "tensorType" ? (type.value.value.shape?.dim ?? []).flatMap(({ value }) => (value.case === "dimValue" ? [value.value] : [])) : [];
  for (const input of graph.input) {
    const dims = dimsOf(input);
    if (!dims.includes(0n) || input.type?.value.case !== "tensorType") continue;
    graph.initializer.push(create(TensorProtoSchema, { name: input.name, dataType: input.type.value.value.elemType, dims }));
  }
  graph.input = graph.input.filter((input) => !dimsOf(input).includes(0n));
}

/** Everything that keeps the inputs of a model from having one type each under these sizes, and its outputs from having one of a program. */
export function bindingFaults(model: OnnxModel, dims: Dims): Fault[] {
  const faults = new Faults();
  const used = new Set<string>();
  const free = new Map<string, number>();
  for (const { name, type } of givenInputs(model)) {
    if (type?.value.case !== "tensorType") {
      faults.add(name, "", `the input is ${KINDS[type?.value.case ?? ""] ?? "of no stated type"}: those of a program are tensors`);
      continue;
    }
    const { shape, elemType } = type.value.value;
    faults.attempt(name, "", () => toDType(elemType));
    if (shape === undefined) faults.add(name, "", "the input states no shape, so its rank is unknown");
    for (const [axis, dim] of shape?.dim.entries() ?? []) {
      const symbol = symbolOf(dim, name, axis);
      if (symbol === undefined) {
        const size = dim.value.value as bigint;
        if (size < 0n || size >= MOST) faults.add(name, "", `axis ${axis} of the input has the size ${size}`);
        continue;
      }
      used.add(symbol);
      if (!Object.hasOwn(dims, symbol)) {
        free.set(symbol, free.get(symbol) ?? likelySize(symbol, axis));
        faults.add(name, "", `axis ${axis} of the input has the symbolic size "${symbol}": bind it with ${bindingOf([symbol, free.get(symbol)!])}`);
      } else if (!Number.isInteger(dims[symbol]) || dims[symbol] < 1 || dims[symbol] >= MOST) {
        faults.add(name, "", `the size ${dims[symbol]} given for "${symbol}" is not a positive integer`);
      }
    }
  }
  // What follows from a type that is not supported may have it, too.
  const isTyped = givenInputs(model).every(({ type }) => type?.value.case === "tensorType" && isDType(type.value.value.elemType));
  for (const { name, type } of isTyped ? model.graph.output : []) {
    const code = type?.value.case === "tensorType" ? type.value.value.elemType : 0;
    if (code !== 0) faults.attempt(name, "", () => toDType(code));
  }
  if (free.size > 1) faults.add("model", "", `bind all of its symbolic sizes, for example: ${[...free].map(bindingOf).join(" ")}`);
  for (const name of Object.keys(dims)) {
    if (!used.has(name)) faults.add(name, "", "no input has a dimension of this name");
  }
  return faults.list();
}

/** Sizes that the protocol's shapes hold end before it. */
const MOST = 2 ** 32;

/** What models are usually run with, by the name of a dimension or its place: an example, no more. */
function likelySize(symbol: string, axis: number): number {
  if (/batch/i.test(symbol)) return 1;
  if (/seq|len|time|token/i.test(symbol)) return 128;
  if (/height|width|^[hw]$/i.test(symbol) || axis >= 2) return 224;
  return axis === 0 ? 1 : 16;
}

/** As a command line has it. */
const bindingOf = ([symbol, size]: readonly [string, number]): string => (/^[\w.:-]+$/.test(symbol) ? `--dim ${symbol}=${size}` : `--dim '${symbol}=${size}'`);
