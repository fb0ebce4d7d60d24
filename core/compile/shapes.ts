import type { Runtime, RuntimeSession } from "../runtime.ts";
import { encodeModel, exposed, nodeName, type OnnxModel } from "../onnx/model.ts";
import type { NodeProto, TensorProto } from "../onnx/onnx_pb.js";
import { readConstant } from "../onnx/tensor.ts";
import { valueInfoOf } from "../onnx/valueInfo.ts";
import { CompileError, Faults, fileFault } from "../faults.ts";
import { isSafeDivisor } from "../operators/reading/divisors.ts";
import { FORMS } from "../operators/index.ts";
import { isKnown } from "./foreign.ts";
import { requireSmallValues } from "./largeTensors.ts";
import { isDivisor, rangesOf } from "./ranges.ts";
import type { ValueTypes } from "./valueTypes.ts";
import { LOWERED } from "./lower/index.ts";
import { DType } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import { runOnZeros } from "./zeros.ts";
import { runtimeReason } from "./runtimeReason.ts";

/**
 * Element types and shapes of all values: the runtime is asked to give every value out. Shapes are those that it infers, and
 * where it infers none, or another than its kernels make, those of a run.
 */
export async function valueTypes(model: OnnxModel, runtime: Runtime): Promise<ValueTypes> {
  let session: RuntimeSession;
  try {
    const light = withoutWeights(model);
    session = await runtime.open(exposed({ model: light, bytes: encodeModel(light) }));
  } catch (error) {
    throw refusedBy(error, "the runtime refuses its canonical form", model.graph.node);
  }
  try {
    const types = new Map([...session.inputs, ...session.outputs].map(({ name, dtype, dims }) => [name, { dtype, dims }]));
    requireSmallValues(model, types);
    if (isInferred(model, types)) return types;
    if (!isRunnable(model, types)) return withoutGuesses(model, types);
    const made = await runOnZeros(session).catch((error: unknown) => {
      throw refusedBy(error, "the runtime does not run its canonical form");
    });
    return new Map([...types, ...[...made].map(([name, { dtype, dims }]) => [name, { dtype, dims }] as const)]);
  } finally {
    await session.release();
  }
}

/** Types of constants of which no shape depends on the elements: large ones of them are weights. */
const WEIGHTS: ReadonlySet<number> = new Set([DType.float16, DType.float32, DType.float64]);
/** Elements from which on a constant is a weight. Lists of scales, the only such constants that shapes depend on, are shorter. */
const WEIGHT_SIZE = 1_024;

/**
 * The model with inputs in the place of its weights: their shapes are all that types and shapes follow from, and a large model is
 * in memory once less.
 */
function withoutWeights(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const given = new Set(graph.input.map(({ name }) => name));
  const isWeight = ({ name, dataType, dims }: TensorProto) => WEIGHTS.has(dataType) && !given.has(name) && sizeOf(dims.map(Number)) >= WEIGHT_SIZE;
  const [weights, initializer] = [graph.initializer.filter(isWeight), graph.initializer.filter((tensor) => !isWeight(tensor))];
  if (weights.length === 0) return model;
  const input = [...graph.input, ...weights.map(({ name, dataType, dims }) => valueInfoOf({ name, dtype: dataType, dims }))];
  return { ...model, graph: { ...graph, initializer, input } };
}

/**
 * The fault of a model over which the runtime failed; where it ended, that is what there is to say.
 * @param nodes of the model, among which the runtime names one
 */
export function refusedBy(error: unknown, what: string, nodes: readonly NodeProto[] = []): CompileError {
  if (error instanceof CompileError) return error;
  const reason = runtimeReason(error);
  if (OWN_CONVERSION.test(reason)) return fileFault(`${what}: it fails over a conversion of float16 that it makes itself; convert the model to float32`);
  const [, type, input, taker, at] = NO_TYPE.exec(reason) ?? [];
  if (type !== undefined) {
    const why = `its input "${input}" is ${type === "float" ? "float32" : type === "double" ? "float64" : type}, which ${taker} does not take in the file's opset: cast it to a type that it takes`;
    return new CompileError([{ name: at, op: taker, why }]);
  }
  const [, op, name] = NO_KERNEL.exec(reason) ?? [];
  const node = nodes.find((each) => each.opType === op && (name === "" || each.name === name));
  return node === undefined
    ? fileFault(`${what}: ${reason}`)
    : new CompileError([{ name: nodeName(node), op, why: "the runtime does not compute it on elements of these types" }]);
}

/** How the runtime says that it has no kernel for a node: its operator and its name. */
const NO_KERNEL = /(?:implementation for|find kernel for) (\w+)\(\d+\) (?:node with name |\(node:)'([^']*)'/;

/** What the runtime calls the values that it converts from float16 and back; of functions it makes files that it does not take. */
const OWN_CONVERSION = /Type Error: .*InsertedPrecisionFreeCast_/;

/** How the runtime says that an operator is none of an element type: type, value, operator and node. */
const NO_TYPE = /Type 'tensor\((\w+)\)' of input parameter \(([^)]*)\) of operator \((\w+)\) in node \(([^)]*)\) is invalid/;

/** Types whose division traps nowhere. */
const FRACTIONS: ReadonlySet<number | undefined> = new Set([DType.float16, DType.float32, DType.float64]);

/**
 * Whether the runtime infers another shape than its kernel makes: of a pool with ceil_mode, whose last window may begin behind
 * the map, and of a Squeeze with an empty list of axes, which removes none by inference and all of size 1 in fact.
 */
function isGuessed({ opType, attribute, input }: NodeProto, isEmpty: (name: string) => boolean): boolean {
  if (opType === "Squeeze") return input.slice(1).some(isEmpty) || attribute.some(({ name, ints }) => name === "axes" && ints.length === 0);
  return attribute.some(({ name, i }) => name === "ceil_mode" && i !== 0n);
}

const isEmptyIn = ({ graph }: OnnxModel): ((name: string) => boolean) => {
  const empty = new Set(graph.initializer.filter(({ dims }) => dims.includes(0n)).map(({ name }) => name));
  return (name) => empty.has(name);
};

function isInferred(model: OnnxModel, types: ValueTypes): boolean {
  const isEmpty = isEmptyIn(model);
  // The binding says [] of a scalar, and of a value of which not even the rank is inferred.
  const isKnownShape = (name: string): boolean => {
    const dims = types.get(name)?.dims ?? [];
    return dims.length > 0 && dims.every((dim) => typeof dim === "number");
  };
  return model.graph.node.every((node) => !isGuessed(node, isEmpty) && node.output.every((name) => name === "" || isKnownShape(name)));
}

/** The types without the shapes that only a run could confirm; behind unknown nodes a scalar may be of any rank. */
function withoutGuesses(model: OnnxModel, types: ValueTypes): ValueTypes {
  const { node: nodes } = model.graph;
  const known = new Map(types);
  const unsure = new Set<string>();
  const isEmpty = isEmptyIn(model);
  const isPartial = !nodes.every(isKnown);
  for (const node of nodes) {
    const follows = isGuessed(node, isEmpty) || node.input.some((name) => unsure.has(name));
    for (const name of node.output) {
      const type = types.get(name);
      if (type === undefined || !(follows || (isPartial && type.dims.length === 0))) continue;
      unsure.add(name);
      known.set(name, { ...type, dims: ["?"] });
    }
  }
  return known;
}

/** Operators on whose integers processors trap. */
const DIVIDING: ReadonlySet<string> = new Set(["Div", "Mod"]);

/**
 * Whether the shapes of one run are those of every run.
 *
 * INVARIANT: what is run before its nodes are judged cannot stop the process: processors trap on an integer division by zero.
 */
function isRunnable(model: OnnxModel, types: ValueTypes): boolean {
  const { graph } = model;
  const ranges = rangesOf(model, types);
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  return graph.node.every((node) => {
    if (!isKnown(node)) return false;
    if ((FORMS.get(node.opType) ?? LOWERED.get(node.opType))?.shapedBy === "values") return node.input.slice(1).every((name) => name === "" || constants.has(name));
    if (!DIVIDING.has(node.opType) || FRACTIONS.has(types.get(node.output[0])?.dtype)) return true;
    const divisor = constants.get(node.input[1]);
    if (divisor === undefined) return isDivisor(ranges(node.input[1]));
    return new Faults().attempt("", "", () => isSafeDivisor(readConstant(divisor))) === true;
  });
}
