import { create } from "@bufbuild/protobuf";
import { Faults } from "../faults.ts";
import { checkModel, decodeModel, encodeModel, externalLocations, namesRead, type ExternalData, type ModelFile, type OnnxModel } from "../onnx/model.ts";
import { TensorShapeProto_DimensionSchema, type ValueInfoProto } from "../onnx/onnx_pb.js";
import { toDType } from "../onnx/tensor.ts";
import { IR_VERSION } from "./canonicalForm.ts";
import { withStepsFirst } from "./inline/layout.ts";

/** Sizes of symbolic dimensions, by symbol, or by `input:axis` where a dimension has no symbol. */
export type Dims = Readonly<Record<string, number>>;

/** Gives the external data at the locations that a model names, as far as there is any. */
export type OpenExternal = (locations: readonly string[]) => ExternalData | Promise<ExternalData>;

/**
 * A publisher's file, with the bytes that are run of it: as they are, unless its data lies outside, nobody reads a part, or the runtime
 * knows a node only in another layout.
 */
export async function readSource(file: Uint8Array, external: OpenExternal = () => new Map()): Promise<ModelFile> {
  const decoded = decodeModel(file, true);
  const locations = externalLocations(decoded);
  const model = checkModel(decoded, locations.length === 0 ? undefined : await external(locations));
  // Both are done, whichever of them changes anything.
  const changes = [dropUnread(model), withStepsFirst(model)];
  const isWhole = !changes.includes(true) && locations.length === 0;
  return { model, bytes: isWhole ? file : encodeModel(model) };
}

/**
 * Drops nodes whose results nobody reads, which are no part of what the file computes, unless that leaves none. Says whether it
 * dropped any.
 */
function dropUnread({ graph }: OnnxModel): boolean {
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
